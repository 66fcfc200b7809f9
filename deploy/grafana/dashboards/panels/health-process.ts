import { VisibilityMode } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { yesNo } from "../colours.ts";
import { columns, history } from "../targets.ts";
import { about } from "./about.ts";
import { lines, stackedBars } from "./charts.ts";
import { oneTable } from "./one-table.ts";

/** The exporters among all that Prometheus scrapes, those too that are gone since. */
const ours = "on (job, instance) last_over_time(cbr_exporter_build_info[$__range])";

const scraped: StateTimeline = about(new StateTimeline(), {
  title: "Prometheus reaches the exporter",
  description:
    "One row for each replica that was scraped within the time range. While none is reached, nothing above is true any more: start the exporter, or mend the way to it.",
  unit: "none",
  span: 8,
  height: 7,
})
  .mappings(yesNo("reached", "not reached"))
  .showValue(VisibilityMode.Never)
  .mergeValues(true)
  .withTarget(history("A", `up and ${ours}`, "{{job}} {{instance}}"));

const memory: TimeSeries = about(lines(), {
  title: "Memory",
  description: "Of each replica. It grows with the number of tasks, then stays; a line that climbs for days is a bug.",
  unit: "bytes",
  span: 8,
  height: 7,
})
  .min(0)
  .withTarget(history("A", `process_resident_memory_bytes and ${ours}`, "{{instance}}"));

const cpu: TimeSeries = about(lines(), {
  title: "CPU",
  description: "Cores that each replica uses. Near 1, runs and scrapes get slow.",
  unit: "none",
  span: 8,
  height: 7,
})
  .min(0)
  .withTarget(history("A", `rate(process_cpu_seconds_total[$__rate_interval]) and ${ours}`, "{{instance}}"));

const versions: Table = oneTable(
  about(new Table(), {
    title: "Replicas",
    description:
      "Version and configuration of each replica. When the last reload failed, the replica goes on with the configuration before: its log says what is wrong.",
    unit: "none",
    span: 16,
    height: 6,
  })
    .noValue("")
    .withTarget(columns("A", "max by (job, instance, version, revision, node_version) (cbr_exporter_build_info)"))
    .withTarget(columns("B", "max by (job, instance) (cbr_exporter_config_last_reload_successful)"))
    .withTarget(
      columns("C", "1000 * max by (job, instance) (cbr_exporter_config_last_reload_success_timestamp_seconds)"),
    ),
  [
    { field: "instance", name: "Replica" },
    { field: "version", name: "Version" },
    { field: "revision", name: "Revision" },
    { field: "node_version", name: "Node.js" },
    { field: "Value #B", name: "Last reload", properties: [{ id: "mappings", value: yesNo("good", "failed") }] },
    { field: "Value #C", name: "Configuration of", properties: [{ id: "unit", value: "dateTimeAsIso" }] },
  ],
);

const invalid: TimeSeries = about(stackedBars(), {
  title: "Fields left out",
  description:
    "Fields of the cloud's answers whose value could not be used. The series of such a field is absent. A few are harmless; many mean that the cloud's API has changed.",
  unit: "none",
  span: 8,
  height: 6,
})
  .noValue("none")
  .withTarget(
    history(
      "A",
      `sum by (project, field) (increase(cbr_api_invalid_fields_total{project=~"$project"}[$__interval])) > 0`,
      "{{project}} {{field}}",
    ),
  );

/** The exporter as a process. */
export const processPanels = [scraped, memory, cpu, versions, invalid] as const;
