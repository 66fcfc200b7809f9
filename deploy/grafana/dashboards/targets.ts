import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from "@grafana/grafana-foundation-sdk/prometheus";
import { datasource } from "./datasource.ts";
import { oneLine } from "./one-line.ts";

function query(refId: string, expression: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId)
    .datasource(datasource)
    .editorMode(QueryEditorMode.Code)
    .expr(oneLine(expression));
}

/** What is true now. */
export function now(refId: string, expression: string, legend = "__auto"): DataqueryBuilder {
  return query(refId, expression).instant().legendFormat(legend);
}

/** What is true now, as a table whose columns are the labels. */
export function columns(refId: string, expression: string): DataqueryBuilder {
  return query(refId, expression).instant().format(PromQueryFormat.Table);
}

/** How it was over the time range. */
export function history(refId: string, expression: string, legend: string): DataqueryBuilder {
  return query(refId, expression).range().legendFormat(legend);
}

/** Bucket counts over the time range. */
export function buckets(refId: string, expression: string): DataqueryBuilder {
  return query(refId, expression).range().format(PromQueryFormat.Heatmap).legendFormat("{{le}}");
}
