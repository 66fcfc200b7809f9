import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";

interface Column {
  /** As the query names it: a label, or `Value #A`. */
  readonly field: string;
  /** As the reader sees it. */
  readonly name: string;
  readonly properties?: readonly DynamicConfigValue[];
}

interface Sort {
  readonly field: string;
  readonly desc: boolean;
}

/** Makes one table of several queries: their rows are joined on the labels that all of them have. */
export function oneTable(panel: Table, columns: readonly Column[], sort?: Sort): Table {
  const ordered = panel.withTransformation({ id: "merge", options: {} });
  if (sort) ordered.withTransformation({ id: "sortBy", options: { fields: {}, sort: [sort] } });
  ordered
    // Only these columns: the values of queries that bring labels alone, and the time, are not for the reader.
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { names: columns.map(({ field }) => field) } },
    })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
        renameByName: Object.fromEntries(columns.map(({ field, name }) => [field, name])),
      },
    });
  for (const { name, properties } of columns) {
    if (properties) ordered.overrideByName(name, [...properties]);
  }
  return ordered;
}
