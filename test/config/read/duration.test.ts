import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration } from "../../../src/config/read/fields.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["1m30s", 90_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["1w", 604_800_000],
  ["1y", 31_536_000_000],
  ["1y2w3d4h5m6s7ms", 31_536_000_000 + 2 * 604_800_000 + 3 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000 + 6007],
  ["0", 0],
  ["0s", 0],
  ["", undefined],
  ["10", undefined],
  ["s", undefined],
  ["1.5s", undefined],
  ["-1s", undefined],
  ["1s1m", undefined],
  ["1m1m", undefined],
  ["1m 30s", undefined],
  ["10 seconds", undefined],
  [`${"9".repeat(30)}y`, undefined],
])("parseDuration: %s", (text, ms) => expect(parseDuration(text)).toBe(ms));

const units = [
  ["y", 31_536_000_000],
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

test("what is written unit by unit is read as its sum", () => {
  const amounts = fc.array(fc.option(fc.nat(999), { nil: undefined }), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(amounts, (parts) => {
      fc.pre(parts.some((part) => part !== undefined));
      const text = parts.map((part, i) => (part === undefined ? "" : `${part}${units[i]?.[0]}`)).join("");
      expect(parseDuration(text)).toBe(
        parts.reduce<number>((sum, part, i) => sum + (part ?? 0) * (units[i]?.[1] ?? 0), 0),
      );
    }),
  );
});
