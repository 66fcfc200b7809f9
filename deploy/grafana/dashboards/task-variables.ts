import { CustomVariableBuilder, type VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { choice, everything, shownFirst, sourceAndProject } from "./choices.ts";
import { inChosenStatus, onTask, selected } from "./expressions.ts";
import { attention } from "./status-code.ts";
import { statuses } from "./statuses.ts";

const status = new CustomVariableBuilder("status")
  .label("Status")
  .description("Narrows the table and the timeline alone.")
  .values(statuses.map((entry) => entry.status).join(","))
  .multi(true)
  .includeAll(true)
  .allValue(".*")
  .current(everything);

/** In the order in which one narrows the other. */
export const taskVariables: readonly { build(): VariableModel }[] = [
  ...sourceAndProject,
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
  shownFirst({
    label: "Shown tasks",
    description: "Found by the dashboard itself: the tasks of the table, those first that need to be looked at.",
    attention: `(
  ${attention()}
) and ${onTask} ${selected}
and ${onTask} ${inChosenStatus}`,
    id: "task_id",
  }),
];
