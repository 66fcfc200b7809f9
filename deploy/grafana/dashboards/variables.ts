import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { datasource } from "./datasource.ts";
import { inChosenStatus, onTask, selected } from "./expressions.ts";
import { oneLine } from "./one-line.ts";
import { attention } from "./status-code.ts";
import { statuses } from "./statuses.ts";

/** As many tasks as the table and the timeline show, those first that need to be looked at. */
export const shownTasks = 100;

// How the editor of Grafana knows its kinds of queries.
const labelValues = 1;
const queryResult = 3;

const everything = { selected: true, text: ["All"], value: ["$__all"] };

interface Choice {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly query: string;
}

/** Several values may be chosen; "All" is `.*`, which also matches a label that is not there. */
function choice({ name, label, description, query }: Choice): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(datasource)
    .query({ qryType: labelValues, query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current(everything);
}

const status = new CustomVariableBuilder("status")
  .label("Status")
  .description("Narrows the table and the timeline alone.")
  .values(statuses.map((entry) => entry.status).join(","))
  .multi(true)
  .includeAll(true)
  .allValue(".*")
  .current(everything);

const attentionFirst = oneLine(`topk(${shownTasks}, (
  ${attention()}
) and ${onTask} ${selected}
and ${onTask} ${inChosenStatus})`);

/**
 * The tasks of the table. Asked anew at each refresh, so that the panels ask for these tasks alone: with 10 000 tasks a
 * query of all of them in each panel would be too much.
 */
const shown = new QueryVariableBuilder("shown")
  .label("Shown tasks")
  .description("Found by the dashboard itself: the tasks of the table, those first that need to be looked at.")
  .hide(VariableHide.HideVariable)
  .datasource(datasource)
  .query({ qryType: queryResult, query: `query_result(${attentionFirst})`, refId: "shown" })
  .definition(`query_result(${attentionFirst})`)
  .regex('/task_id="([^"]+)"/')
  .refresh(VariableRefresh.OnTimeRangeChanged)
  .sort(VariableSort.Disabled)
  .multi(true)
  .includeAll(true)
  .current(everything);

/** In the order in which one narrows the other. */
export const variables: readonly { build(): VariableModel }[] = [
  new DatasourceVariableBuilder("datasource")
    .label("Data source")
    .description("The Prometheus that scrapes the exporter.")
    .type("prometheus"),
  choice({
    name: "project",
    label: "Project",
    description: "Projects of the exporter's configuration.",
    query: "label_values(cbr_api_errors_total, project)",
  }),
  choice({
    name: "collector",
    label: "Collector",
    description: "Collectors of these projects.",
    query: 'label_values(cbr_task_config_info{project=~"$project"}, collector)',
  }),
  choice({
    name: "operation_type",
    label: "Operation type",
    description:
      "What the cloud calls the operation. A task that was never answered has none and shows under All alone.",
    query: 'label_values(cbr_task_info{project=~"$project"}, operation_type)',
  }),
  choice({
    name: "task",
    label: "Task",
    description: "Ids of tasks. A click on a task in a panel chooses it.",
    query: 'label_values(cbr_task_config_info{project=~"$project", collector=~"$collector"}, task_id)',
  }),
  status,
  // A link or a bookmark must not carry the tasks of yesterday; the SDK's builder does not know this field.
  { build: () => ({ ...shown.build(), skipUrlSync: true }) },
];
