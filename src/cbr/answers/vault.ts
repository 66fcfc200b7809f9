import { defined } from "../../base/json.ts";
import { protectStatuses, type Vault, type VaultResource, vaultStatuses } from "../../estate/vaults.ts";
import {
  countAt,
  flagAt,
  oneOfAt,
  ownIdAt,
  type Part,
  partAt,
  partsAt,
  percentAt,
  sharedCodeAt,
  sharedTextAt,
  sizeAt,
  textAt,
  timeAt,
} from "./fields.ts";
import { type AnswerContext, decodePage, type ListShape, type Page } from "./page.ts";

/** ListVault: `{"vaults": [{…}]}`. */
const listShape: ListShape<Vault> = { name: "vaults", of: "vaults", read: readVault };

const knownStatuses = new Set(vaultStatuses);
const knownProtectStatuses = new Set(protectStatuses);

/** Decodes a page of ListVault, or tells why it is none. */
export function decodeListVault(answer: unknown, context: AnswerContext): Page<Vault> | { unusable: string } {
  return decodePage(answer, listShape, context);
}

function readVault(vault: Part, id: string): Vault {
  const billing = partAt(vault, "billing");
  return defined({
    id,
    name: textAt(vault, "name"),
    status: oneOfAt(billing, "status", knownStatuses),
    protectType: sharedTextAt(billing, "protect_type"),
    objectType: sharedTextAt(billing, "object_type"),
    chargingMode: sharedTextAt(billing, "charging_mode"),
    consistentLevel: sharedTextAt(billing, "consistent_level"),
    // A text, in places the number 0.
    enterpriseProjectId: sharedCodeAt(vault, "enterprise_project_id"),
    createdAt: timeAt(vault, "created_at"),
    size: sizeAt(billing, "size", "GB"),
    used: sizeAt(billing, "used", "MB"),
    // Old clients say MB, and are wrong.
    allocated: sizeAt(billing, "allocated", "GB"),
    warningPercent: percentAt(vault, "threshold"),
    autoExpand: flagAt(vault, "auto_expand"),
    resources: Object.freeze(partsAt(vault, "resources").flatMap(readResource)),
  });
}

function readResource(resource: Part): readonly VaultResource[] {
  const id = ownIdAt(resource, "id");
  if (id === undefined) return [];
  return [
    defined({
      id,
      name: textAt(resource, "name"),
      type: sharedTextAt(resource, "type"),
      size: sizeAt(resource, "size", "GB"),
      backupSize: sizeAt(resource, "backup_size", "MB"),
      backups: countAt(resource, "backup_count"),
      autoProtect: flagAt(resource, "auto_protect"),
      protectStatus: oneOfAt(resource, "protect_status", knownProtectStatuses),
    }),
  ];
}
