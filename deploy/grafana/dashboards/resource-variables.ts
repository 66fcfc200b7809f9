import type { VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { choice, shownFirst, sourceAndProject } from "./choices.ts";
import { attention, inVault, onResource, operationTypes } from "./resources.ts";

/** In the order in which one narrows the other. */
export const resourceVariables: readonly { build(): VariableModel }[] = [
  ...sourceAndProject,
  choice({
    name: "operation_type",
    label: "Operation type",
    description: "What makes one more copy of a resource. Durations and finishes are of every operation under All.",
    query: operationTypes,
  }),
  choice({
    name: "vault",
    label: "Vault",
    description: "Names of vaults, as the newest task of each resource says.",
    query: 'label_values(cbr_resource_info{project=~"$project"}, vault_name)',
  }),
  choice({
    name: "resource",
    label: "Resource",
    description: "Resources of these vaults, by name. A click on a resource in a panel chooses it.",
    query: `query_result(group by (resource_id, resource_name) (cbr_resource_info{project=~"$project", vault_name=~"$vault"}))`,
  }).regex('/resource_id="(?<value>[^"]+)",resource_name="(?<text>[^"]*)"/'),
  shownFirst({
    label: "Shown resources",
    description: "Found by the dashboard itself: the resources of the table, those first that need to be looked at.",
    attention: `(max by (project, resource_id) (${attention()}) and ${onResource} ${inVault})`,
    id: "resource_id",
  }),
];
