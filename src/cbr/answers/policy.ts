import { defined } from "../../base/json.ts";
import { micros } from "../../base/micros.ts";
import type { Policy, PolicyVault } from "../../estate/policies.ts";
import {
  flagAt,
  idAt,
  itemsAt,
  ownIdAt,
  type Part,
  partAt,
  partsAt,
  sharedTextAt,
  textAt,
  timeAt,
  valueAt,
} from "./fields.ts";
import { type AnswerContext, decodePage, type ListShape, type Page } from "./page.ts";
import { parsePattern } from "./pattern.ts";

/** ListPolicies: `{"policies": [{…}]}`. */
const listShape: ListShape<Policy> = { name: "policies", of: "policies", read: readPolicy };

/** The vendor takes no more, and each costs time whenever one asks what is due. */
const mostPatterns = 24;

/** A policy may begin at any later time. */
const anyTime = micros(Number.MAX_SAFE_INTEGER);

/** A zone's clock is less than a day ahead of UTC, or behind it. */
const mostOffset = 23 * 60 + 59;

/** Decodes the answer of ListPolicies, or tells why it is none. */
export function decodeListPolicies(answer: unknown, context: AnswerContext): Page<Policy> | { unusable: string } {
  return decodePage(answer, listShape, context);
}

function readPolicy(policy: Part, id: string): Policy {
  const properties = partAt(partAt(policy, "trigger"), "properties");
  const patterns = itemsAt(properties, "pattern", (value) =>
    typeof value === "string" ? parsePattern(value) : undefined,
  );
  if (patterns.length > mostPatterns) properties.reportInvalid(`${properties.path}pattern`);
  return defined({
    id,
    name: textAt(policy, "name"),
    operationType: sharedTextAt(policy, "operation_type"),
    enabled: flagAt(policy, "enabled"),
    startTime: timeAt({ ...properties, latest: anyTime }, "start_time"),
    utcOffset: valueAt(partAt(policy, "operation_definition"), "timezone", readOffset),
    patterns: Object.freeze(patterns.slice(0, mostPatterns)),
    vaults: Object.freeze(partsAt(policy, "associated_vaults").flatMap(readVault)),
  });
}

function readVault(vault: Part): readonly PolicyVault[] {
  const vaultId = ownIdAt(vault, "vault_id");
  const destinationVaultId = idAt(vault, "destination_vault_id");
  return vaultId === undefined ? [] : [defined({ vaultId, destinationVaultId })];
}

/** `UTC+08:00`. @returns minutes east of UTC */
function readOffset(value: unknown): number | undefined {
  const match = typeof value === "string" ? /^UTC(?:([+-])(\d{1,2})(?::([0-5]\d))?)?$/.exec(value) : undefined;
  if (!match) return undefined;
  const [, sign, hours = 0, minutes = 0] = match;
  const offset = 60 * Number(hours) + Number(minutes);
  if (offset > mostOffset) return undefined;
  return sign === "-" ? 0 - offset : offset;
}
