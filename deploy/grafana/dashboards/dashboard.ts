import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type AnnotationQuery,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  defaultGridPos,
  type Panel,
  RowBuilder,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";

/** Panels under a heading. */
interface Row {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

interface Contents {
  /** Stays the same for good: bookmarks and links hold it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations: readonly Builder<AnnotationQuery>[];
  readonly links: readonly Builder<DashboardLink>[];
  readonly rows: readonly Row[];
}

/** What all dashboards of the project share. Panels get their ids and places from their order. */
export function dashboard({
  uid,
  title,
  description,
  variables,
  annotations,
  links,
  rows,
}: Contents): DashboardBuilder {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["cbr", "backup", "prometheus"])
    .timezone("browser")
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotations([...annotations])
    .links([...links]);
  let id = 0;
  for (const row of rows) {
    id += 1;
    builder.withRow(new RowBuilder(row.title).id(id));
    for (const panel of row.panels) {
      id += 1;
      // A copy: the dashboard's builder writes the place into what it is given.
      const built = panel.build();
      builder.withPanel({ build: () => ({ ...built, id, gridPos: { ...defaultGridPos(), ...built.gridPos } }) });
    }
  }
  return builder;
}
