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
  /** How often it asks anew, and since when; such as `30s`, `now-6h`. */
  readonly refresh: string;
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations: readonly Builder<AnnotationQuery>[];
  readonly links: readonly Builder<DashboardLink>[];
  readonly rows: readonly Row[];
}

/** What all dashboards of the project share. Panels get their ids and places from their order. */
export function dashboard({ title, rows, ...contents }: Contents): DashboardBuilder {
  const builder = new DashboardBuilder(title)
    .uid(contents.uid)
    .description(contents.description)
    .tags(["cbr", "backup", "prometheus"])
    .timezone("browser")
    .refresh(contents.refresh)
    .time({ from: contents.from, to: "now" })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...contents.variables])
    .annotations([...contents.annotations])
    .links([...contents.links]);
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
