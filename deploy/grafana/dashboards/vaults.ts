import { vector } from "./status-code.ts";

// What inventories list of vaults and their policies.

export const mine = `project=~"$project"`;
const byVault = "by (project, vault_id)";
export const onVault = "on (project, vault_id)";

/** The vaults that the variables name, a set. */
const chosen = `cbr_vault_info{${mine}, vault_name=~"$vault"}`;

/** One series for each chosen vault. @param at when */
export function ofVault(metric: string, at = ""): string {
  return `(max ${byVault} (${metric}{${mine}}${at}) and ${onVault} ${chosen})`;
}

/** The vaults with these labels. */
export function named(names: readonly string[]): string {
  return `max by (project, vault_id, ${names.join(", ")}) (topk ${byVault} (1, ${chosen}))`;
}

/** Adds the vault's name. */
export function withName(expression: string): string {
  return `${expression} * ${onVault} group_left (vault_name) topk ${byVault} (1, ${chosen})`;
}

/** How much of each vault is used, 1 being full. */
export function fill(at = ""): string {
  return `${ofVault("cbr_vault_used_bytes", at)} / ${ofVault("cbr_vault_size_bytes", at)}`;
}

/** Days ahead that a forecast tells, and days back that it looks. */
export const forecastDays = 7;
export const lineDays = 3;

/** What that will be, if it goes on as in the last days; over a line that does not end with an exporter. */
export const forecast = `clamp_min(predict_linear(
  (max ${byVault} (cbr_vault_used_bytes{${mine}}))[${lineDays}d:1h], ${forecastDays} * 86400
), 0) / ${ofVault("cbr_vault_size_bytes")}`;

interface VaultStatus {
  readonly status: string;
  readonly code: number;
}

/** As numbers; where replicas disagree, the one that sees worse counts. */
export const vaultStatuses: readonly VaultStatus[] = [
  "available",
  "lock",
  "unknown",
  "deleting",
  "frozen",
  "error",
].map((status, code) => ({ status, code }));

export const vaultStatusCode = `max ${byVault} (
  (cbr_vault_status{${mine}} == 1) * on (status) group_left () ${vector(vaultStatuses.map(({ status, code }) => [status, code]))}
) and ${onVault} ${chosen}`;
