import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { colours } from "./colours.ts";
import { datasource } from "./datasource.ts";
import { inStatus, onTask, perTask, selected } from "./expressions.ts";
import { named, nameLegend } from "./names.ts";
import { oneLine } from "./one-line.ts";

/** As many as a graph can carry, the last ones. */
const most = 100;

/** One mark a task, at the time the cloud gives for its end (in Grafana's milliseconds), else for its last change. */
function ended(status: "failed" | "timeout", name: string): AnnotationQueryBuilder {
  const at = `(${perTask("cbr_task_ended_timestamp_seconds")} or ${perTask("cbr_task_updated_timestamp_seconds")})`;
  const last = `topk(${most}, 1000 * ${at}
    and ${onTask} ${inStatus(status)}
    and ${onTask} ${selected})`;
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(colours[status] ?? "")
    .expr(oneLine(atEnd(named(last))))
    .step("60s")
    .useValueForTime(true)
    .titleFormat(name)
    .textFormat(nameLegend)
    .tagKeys("project,operation_type");
}

/** Looks once, at the end of the time range, and not at each of its steps. */
function atEnd(expression: string): string {
  return expression.replaceAll(/\bcbr_\w+\{[^}]*\}/g, "$& @ end()");
}

export const annotations: readonly AnnotationQueryBuilder[] = [
  ended("failed", "Task failed"),
  ended("timeout", "Task timed out"),
];
