import { MappingType, type ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { missingCode, notProtectedCode, protectedCode } from "./restore-points.ts";
import { finalStatuses, missedCode, notFresh, notFreshCode, statuses } from "./statuses.ts";
import { vaultStatuses } from "./vaults.ts";

/** The one table of colours: a status looks the same in every panel. */
export const colours: Readonly<Record<string, string>> = {
  success: "green",
  failed: "red",
  timeout: "orange",
  running: "blue",
  waiting: "light-purple",
  skipped: "yellow",
  unknown: "#808080",
};

/** Of the same hue, but washed out: what was true once. */
const notFreshColours: Readonly<Record<string, string>> = {
  success: "super-light-green",
  failed: "super-light-red",
  timeout: "super-light-orange",
  running: "super-light-blue",
  waiting: "super-light-purple",
  skipped: "super-light-yellow",
  unknown: "#B0B0B0",
};

export const good = "green";
export const bad = "red";
export const warning = "orange";
export const neutral = "blue";

/** Colours by the names that legends show. */
export const coloursByName: readonly (readonly [string, string])[] = statuses.flatMap(({ status }) => [
  [status, colours[status] ?? ""],
  [notFresh(status), notFreshColours[status] ?? ""],
]);

function mappings(of: readonly (readonly [code: number, text: string, color: string])[]): ValueMapping[] {
  const options = Object.fromEntries(of.map(([code, text, color]) => [code, { text, color, index: code }]));
  return [{ type: MappingType.ValueToText, options }];
}

/** Shows the codes of statuses as their names, in their colours. */
export const statusMappings: ValueMapping[] = mappings(
  statuses.flatMap(({ status, code }) => [
    [code, status, colours[status] ?? ""],
    [code + notFreshCode, notFresh(status), notFreshColours[status] ?? ""],
  ]),
);

/** Likewise, of nights; the colour of a missed one is that of no status. */
export const nightMappings: ValueMapping[] = mappings([
  ...finalStatuses.map(({ status, code }) => [code, status, colours[status] ?? ""] as const),
  [missedCode, "missed", "dark-purple"],
]);

/** Likewise, of whether there is the restore point that a policy wants. */
export const protectionMappings: ValueMapping[] = mappings([
  [protectedCode, "protected", good],
  [notProtectedCode, "not protected", warning],
  [missingCode, "missing", bad],
]);

const vaultColours: Readonly<Record<string, string>> = {
  available: good,
  lock: neutral,
  unknown: "#808080",
  deleting: warning,
};

/** Likewise, of vaults' statuses. */
export const vaultMappings: ValueMapping[] = mappings(
  vaultStatuses.map(({ status, code }) => [code, status, vaultColours[status] ?? bad]),
);

/** Shows 1 and 0 as words: 1 is good. */
export function yesNo(yes: string, no: string): ValueMapping[] {
  return [
    {
      type: MappingType.ValueToText,
      options: { 1: { text: yes, color: good, index: 0 }, 0: { text: no, color: bad, index: 1 } },
    },
  ];
}
