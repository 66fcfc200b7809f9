import { VisibilityMode } from "@grafana/grafana-foundation-sdk/common";
import {
  PanelBuilder as Heatmap,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { bad, yesNo } from "../colours.ts";
import { buckets, history } from "../targets.ts";
import { about } from "./about.ts";
import { barInterval, lines, stackedBars } from "./charts.ts";

const project = `project=~"$project"`;

/** Whether the cloud answers, by replica. */
export const cloudAnswers: StateTimeline = about(new StateTimeline(), {
  title: "The cloud answers",
  description:
    "One row for each project and replica of the exporter: whether the last run that asked got a usable answer. When one replica alone says no, look at its network and its login; when all do, at the reasons of errors beside.",
  unit: "none",
  span: 8,
  height: 7,
})
  .mappings(yesNo("answers", "does not answer"))
  .showValue(VisibilityMode.Never)
  .mergeValues(true)
  .withTarget(history("A", `max by (project, instance) (cbr_up{${project}})`, "{{project}} {{instance}}"));

const polls: TimeSeries = about(stackedBars(), {
  title: "Requests by HTTP status",
  description:
    "Requests to the cloud per second, retries included; none means that no answer came. Few other than 200 are normal: a 404 is a task that the cloud does not know.",
  unit: "reqps",
  span: 8,
  height: 7,
}).withTarget(
  history(
    "A",
    `sum by (operation, code) (rate(cbr_api_requests_total{${project}}[$__rate_interval]))`,
    "{{operation}} {{code}}",
  ),
);

const errors: TimeSeries = about(stackedBars(), {
  title: "Errors by reason",
  description:
    "Requests that brought nothing usable, by reason: unauthorized means a new token, forbidden a missing right, network and tls the way to the cloud, throttled too many requests, not_found a wrong id. The README's table of symptoms has the cures.",
  unit: "none",
  span: 8,
  height: 7,
})
  .noValue("none")
  .withTarget(
    history(
      "A",
      `sum by (project, reason) (increase(cbr_api_errors_total{${project}}[$__interval])) > 0`,
      "{{project}} {{reason}}",
    ),
  );

const latency: Heatmap = about(new Heatmap(), {
  title: "Latency of requests",
  description:
    "How long one attempt took, from sending to the last byte. A band that moves up means a slow cloud or network; near the timeout (10 s unless configured), polls begin to fail.",
  unit: "none",
  span: 8,
  height: 7,
})
  .calculate(false)
  .interval(barInterval)
  .color(
    new HeatmapColorOptionsBuilder()
      .mode(HeatmapColorMode.Scheme)
      .scheme("Blues")
      .fill("dark-blue")
      .steps(64)
      .exponent(0.5)
      .reverse(false),
  )
  .yAxis(new YAxisConfigBuilder().unit("s"))
  .withTarget(buckets("A", `sum by (le) (increase(cbr_api_request_duration_seconds_bucket{${project}}[$__interval]))`));

const throttled: TimeSeries = about(stackedBars(), {
  title: "Throttled requests",
  description:
    "Requests that the cloud refused because there were too many. The exporter waits as it is told. Lower rate_limit or poll less often when this goes on; other programs of the same account count too.",
  unit: "none",
  span: 8,
  height: 7,
})
  .noValue("none")
  .withTarget(
    history(
      "A",
      `sum by (project) (increase(cbr_api_errors_total{${project}, reason="throttled"}[$__interval])) > 0`,
      "{{project}}",
    ),
  );

const expiry: TimeSeries = about(lines(), {
  title: "Time until a credential ends",
  description:
    "By project and login, of the replica that is worst off. The exporter renews all but token and token_file, which somebody else must: write a new token before the line reaches 0.",
  unit: "s",
  span: 8,
  height: 7,
})
  .noValue("unknown")
  .withTarget(
    history(
      "A",
      `min by (project, method) (cbr_auth_token_expiry_timestamp_seconds{${project}}) - time()`,
      "{{project}} {{method}}",
    ),
  )
  .overrideByRegexp("/token(_file)?$/", [{ id: "color", value: { mode: "fixed", fixedColor: bad } }]);

/** Between the exporter and the cloud. */
export const cloudPanels = [cloudAnswers, polls, errors, latency, throttled, expiry] as const;
