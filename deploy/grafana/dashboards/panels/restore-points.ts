import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { mostShown } from "../choices.ts";
import { bad, good, neutral, protectionMappings, warning } from "../colours.ts";
import { resourceLink } from "../links.ts";
import { inVault, labelled, onResource } from "../resources.ts";
import {
  ageOfPoint,
  attention,
  countOf,
  due,
  isProtected,
  missing,
  newestPoint,
  ofResource,
  protectionCode,
} from "../restore-points.ts";
import { overShards } from "../shards.ts";
import { columns, now } from "../targets.ts";
import { about } from "./about.ts";
import { bigNumber } from "./charts.ts";
import { cell, unit, value, width } from "./column.ts";
import { oneTable } from "./one-table.ts";
import { steps } from "./thresholds.ts";

function count(title: string, description: string, resources: string, colour: string): PanelBuilder {
  return about(bigNumber(), { title, description, unit: "none", span: 6, height: 4 })
    .thresholds(steps(good, [1, colour]))
    .withTarget(now("A", countOf(resources), title));
}

const numbers: readonly PanelBuilder[] = [
  count(
    "Restore point missing",
    "Protected resources of which there is no restore point as new as their policy wants it, the grace of the inventory being over. Start a backup by hand; then see why the policy made none.",
    missing,
    bad,
  ),
  about(bigNumber(), {
    title: "Oldest restore point",
    description:
      "How old the newest restore point of the protected resource is that is worst off; those without any count as missing alone. Policies may well be due once a week: what counts is whether it is missing.",
    unit: "dtdurations",
    span: 6,
    height: 4,
  })
    .thresholds(steps(neutral))
    .withTarget(
      now("A", `max(${ageOfPoint} and ${isProtected} == 1 and ${onResource} ${inVault})`, "Oldest restore point"),
    ),
  count(
    "In a vault, not protected",
    "Resources that lie in a vault and are backed up by no policy: none is enabled there, or the resource does not follow it. Nothing is due of them, and no alert tells.",
    `(${isProtected} == 0)`,
    warning,
  ),
  about(bigNumber(), {
    title: "In no vault",
    description:
      "Resources that could be backed up and are in no vault, by the kinds that the inventory looks for (unprotected). The table below names them.",
    unit: "none",
    span: 6,
    height: 4,
  })
    .thresholds(steps(good, [1, warning]))
    .withTarget(
      now("A", overShards(`cbr_unprotected_resources{project=~"$project"}`, ["project", "kind"], ["kind"]), "{{kind}}"),
    ),
];

const worst = `${onResource} topk(${mostShown}, ${attention} and ${onResource} ${inVault})`;
const ofWorst = (expression: string): string => `(${expression}) and ${worst}`;
const names = ["resource_name", "resource_type", "vault_name"];

const table: Table = oneTable(
  about(new Table(), {
    title: "Restore points, worst first",
    description: `Up to ${mostShown} of the selected resources, those without the restore point that was due first, then those whose newest is oldest. The time at which one was due is absent where no policy wants any, or where the grace of the first is not over yet.`,
    unit: "none",
    span: 24,
    height: 12,
  })
    .filterable(true)
    .noValue("")
    .withTarget(columns("A", ofWorst(protectionCode)))
    .withTarget(columns("B", ofWorst(attention)))
    .withTarget(columns("C", labelled(ofWorst(`${isProtected} >= bool 0`), inVault, names)))
    .withTarget(columns("D", ofWorst(ageOfPoint)))
    .withTarget(columns("E", ofWorst(`1000 * ${newestPoint}`)))
    .withTarget(columns("F", ofWorst(`1000 * ${due}`)))
    .withTarget(columns("G", ofWorst(ofResource("cbr_resource_backups"))))
    .withTarget(columns("H", ofWorst(ofResource("cbr_resource_backup_size_bytes")))),
  [
    {
      field: "Value #A",
      name: "Protection",
      properties: [value("mappings", protectionMappings), cell("color-background", { mode: "basic" }), width(120)],
    },
    { field: "resource_name", name: "Resource" },
    { field: "vault_name", name: "Vault" },
    { field: "resource_type", name: "Type" },
    {
      field: "Value #D",
      name: "Age",
      properties: [unit("dtdurations"), value("noValue", "none"), width(190)],
    },
    { field: "Value #E", name: "Newest restore point", properties: [unit("dateTimeAsIso"), width(170)] },
    { field: "Value #F", name: "Was due", properties: [unit("dateTimeAsIso"), width(160)] },
    { field: "Value #G", name: "Backups" },
    { field: "Value #H", name: "Take", properties: [unit("bytes")] },
    { field: "project", name: "Project" },
    {
      field: "resource_id",
      name: "Id",
      properties: [value("links", [resourceLink(`\${__data.fields.Id}`)]), width(310)],
    },
  ],
  { field: "Value #B", desc: true },
);

const outside: Table = oneTable(
  about(new Table(), {
    title: "Resources in no vault",
    description: `Up to ${mostShown} resources that could be backed up and are in no vault. Put them into one, or leave their kind out of unprotected.`,
    unit: "none",
    span: 24,
    height: 7,
  })
    .filterable(true)
    .noValue("")
    .withTarget(
      columns(
        "A",
        `topk(${mostShown}, max by (project, resource_id, resource_name, resource_type) (cbr_resource_unprotected_info{project=~"$project", resource_id=~"$resource"}))`,
      ),
    ),
  [
    { field: "resource_name", name: "Resource" },
    { field: "resource_type", name: "Type" },
    { field: "project", name: "Project" },
    { field: "resource_id", name: "Id", properties: [width(310)] },
  ],
);

/** Whether there is something to restore from, as inventories list it. */
export const restorePointPanels = [...numbers, table, outside] as const;
