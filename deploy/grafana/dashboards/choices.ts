import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { datasource } from "./datasource.ts";
import { oneLine } from "./one-line.ts";

// The variables that dashboards share, and the forms that theirs have.

/** As many tasks or resources as tables and timelines show, those first that most need to be looked at. */
export const mostShown = 100;

// How the editor of Grafana knows its kinds of queries.
const labelValues = 1;
const queryResult = 3;

export const everything = { selected: true, text: ["All"], value: ["$__all"] };

interface Choice {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly query: string;
}

function queryVariable({ name, label, description, query }: Choice): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(datasource)
    .query({ qryType: query.startsWith("label_values") ? labelValues : queryResult, query, refId: name })
    .definition(query)
    .multi(true)
    .includeAll(true)
    .current(everything);
}

/** Several values may be chosen; "All" is `.*`, which also matches a label that is not there. */
export function choice(of: Choice): QueryVariableBuilder {
  return queryVariable(of).refresh(VariableRefresh.OnDashboardLoad).sort(VariableSort.NaturalAsc).allValue(".*");
}

interface Shown {
  readonly label: string;
  readonly description: string;
  /** One series for each thing; the greater, the more it needs to be looked at. */
  readonly attention: string;
  /** The label that holds its id. */
  readonly id: string;
}

/**
 * A hidden variable, `shown`: what table and timeline show. Asked anew at each refresh, so that the panels ask for these
 * alone: with 10 000 tasks a query of all of them in each panel would be too much.
 */
export function shownFirst({ label, description, attention, id }: Shown): { build(): VariableModel } {
  const query = `query_result(${oneLine(`topk(${mostShown}, ${attention})`)})`;
  const shown = queryVariable({ name: "shown", label, description, query })
    .hide(VariableHide.HideVariable)
    .regex(`/${id}="([^"]+)"/`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled);
  // A link or a bookmark must not carry what was shown yesterday; the SDK's builder does not know this field.
  return { build: () => ({ ...shown.build(), skipUrlSync: true }) };
}

/** What each dashboard begins with. */
export const sourceAndProject: readonly { build(): VariableModel }[] = [
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
];
