import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/bargauge";
import { coloursByName, neutral } from "../colours.ts";
import { onTask, selected } from "../expressions.ts";
import { countByStatus, statusCode } from "../status-code.ts";
import { now } from "../targets.ts";
import { about } from "./about.ts";
import { bars, coloured } from "./charts.ts";
import { fixedColour } from "./thresholds.ts";

/** Tasks by status; those that are not fresh stand apart. */
export const countsPanel: PanelBuilder = coloured(
  about(bars(), {
    title: "Tasks by status",
    description:
      "How many of the selected tasks are in each status. A status that is not fresh is what was true at the last poll that worked: do not count on it.",
    unit: "none",
    span: 8,
    height: 9,
  })
    .min(0)
    .colorScheme(fixedColour(neutral))
    .withTarget(now("A", countByStatus(`${statusCode()} and ${onTask} ${selected}`), "{{status}}")),
  coloursByName,
);
