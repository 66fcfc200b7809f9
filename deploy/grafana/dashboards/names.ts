import { byTask, chosen, onTask } from "./expressions.ts";

/** One series a task of a metric that only has labels to tell; two replicas may tell different things. */
function any(metric: string, tasks: string): string {
  return `topk ${byTask} (1, ${metric}{${tasks}})`;
}

/** These labels of such a metric, as the columns of a table. */
export function labels(metric: string, names: readonly string[], tasks: string): string {
  return `max by (project, task_id, ${names.join(", ")}) (${any(metric, tasks)})`;
}

/** Adds the operation type; tasks that were never answered are left out. */
export function typed(expression: string): string {
  return `${expression} * ${onTask} group_left (operation_type) ${any("cbr_task_info", chosen)}`;
}

/** Adds the labels that a reader knows a task by, where there are any: `name`, `operation_type`, `resource_name`. */
export function named(expression: string, tasks: string = chosen): string {
  return `${expression}
* ${onTask} group_left (operation_type, resource_name) topk ${byTask} (1,
  cbr_task_info{${tasks}} or ${onTask} cbr_task_config_info{${tasks}}
)
* ${onTask} group_left (name) ${any("cbr_task_config_info", tasks)}`;
}

/** The legend of what `named` gives. */
export const nameLegend = "{{name}} {{operation_type}} {{resource_name}} {{task_id}}";
