import { defined } from "../../base/json.ts";
import { type Backup, backupStatuses } from "../../estate/backups.ts";
import { idAt, oneOfAt, type Part, sharedIdAt, sharedTextAt, textAt, timeAt } from "./fields.ts";
import { type AnswerContext, decodePage, type ListShape, type Page } from "./page.ts";

/** ListBackups: `{"backups": [{…}]}`. */
const listShape: ListShape<Backup> = { name: "backups", of: "backups", read: readBackup };

const knownStatuses = new Set(backupStatuses);

/** Decodes a page of ListBackups, or tells why it is none. */
export function decodeListBackups(answer: unknown, context: AnswerContext): Page<Backup> | { unusable: string } {
  return decodePage(answer, listShape, context);
}

function readBackup(backup: Part, id: string): Backup {
  return defined({
    id,
    status: oneOfAt(backup, "status", knownStatuses),
    imageType: sharedTextAt(backup, "image_type"),
    resourceId: idAt(backup, "resource_id"),
    resourceName: textAt(backup, "resource_name"),
    resourceType: sharedTextAt(backup, "resource_type"),
    vaultId: sharedIdAt(backup, "vault_id"),
    createdAt: timeAt(backup, "created_at"),
    protectedAt: timeAt(backup, "protected_at"),
  });
}
