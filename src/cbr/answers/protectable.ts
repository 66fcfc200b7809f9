import { defined, isObject } from "../../base/json.ts";
import type { Protectable } from "../../estate/protectables.ts";
import { flagAt, type Part, partAt, sharedIdAt, sharedTextAt, sizeAt, textAt } from "./fields.ts";
import { type AnswerContext, decodePage, type ListShape, type Page } from "./page.ts";

/** ListProtectable: `{"instances": [{…}]}`. */
const listShape: ListShape<Protectable> = { name: "instances", of: "instances", read: readProtectable };

/** Decodes a page of ListProtectable, or tells why it is none. */
export function decodeListProtectable(
  answer: unknown,
  context: AnswerContext,
): Page<Protectable> | { unusable: string } {
  return decodePage(answer, listShape, context);
}

function readProtectable(instance: Part, id: string): Protectable {
  const protectable = partAt(instance, "protectable");
  const canBeProtected = flagAt(protectable, "result");
  return defined({
    id,
    name: textAt(instance, "name"),
    type: sharedTextAt(instance, "type"),
    size: sizeAt(instance, "size", "GB"),
    status: sharedTextAt(instance, "status"),
    canBeProtected,
    ...vaultOf(protectable, canBeProtected !== undefined),
  });
}

/** @param isTold whether the answer tells of protection at all, so that no vault means that it is in none */
function vaultOf(protectable: Part, isTold: boolean): Pick<Protectable, "isInVault" | "vaultId"> {
  const vault = protectable.object["vault"] ?? "";
  if (vault === "") return isTold ? { isInVault: false } : {};
  const vaultId = sharedIdAt(partAt(protectable, "vault"), "id");
  return isObject(vault) ? defined({ isInVault: true, vaultId }) : {};
}
