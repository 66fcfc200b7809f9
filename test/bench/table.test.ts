import { describe, expect, test } from "vitest";
import { createRows, type Row, whole } from "../../bench/table.mjs";

/** The cells of the one row of a table. */
function cellsOf(row: Partial<Row>): readonly string[] {
  const rows = createRows();
  rows.add({ what: "it", unit: "ms", ours: [1], ...row });
  return (rows.text().split("\n")[2] ?? "")
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe("a row", () => {
  test("compares medians, and shows where half of the values lie", () => {
    const [what, ours, against, times] = cellsOf({ ours: [6, 2, 4], bare: [2, 2, 90], bareName: "node:http" });
    expect({ what, ours, against, times }).toEqual({
      what: "it",
      ours: "4 (3–5) ms",
      against: "node:http 2 (2–46) ms",
      times: "2",
    });
  });

  test.each<[string, Partial<Row>, string]>([
    ["a ratio below", { ours: [3], bare: [2], bareName: "b", most: 2 }, "2"],
    ["a ratio above", { ours: [5], bare: [2], bareName: "b", most: 2 }, "**2**"],
    ["a figure of its own below", { ours: [50], most: 50 }, "50 ms"],
    ["a figure of its own above", { ours: [51], most: 50 }, "**50 ms**"],
    ["one that has no unit", { unit: "", ours: [1.2], most: 1 }, "**1**"],
    [
      "sides that are not compared",
      { unit: "", ours: [1], bare: [0.1], bareName: "b", isCompared: false, most: 1 },
      "1",
    ],
    ["no limit", {}, ""],
  ])("holds its limit against %s", (_, row, expected) => expect(cellsOf(row)[4]).toBe(expected));

  test("shows other libraries in columns of their own", () => {
    const rivals = { "prom-client": [1_234.5], client_golang: [0.123456] };
    expect(cellsOf({ rivals }).slice(5)).toEqual(["1 235 ms", "0.123 ms"]);
  });
});

test("notes stand below the table", () => {
  const rows = createRows();
  rows.note("as many as it could");
  expect(rows.text().split("\n").slice(2)).toEqual(["", "- as many as it could"]);
});

test.each([
  [999, "999"],
  [1_000, "1 000"],
  [1_234_567, "1 234 567"],
])("whole: %s", (value, text) => expect(whole(value)).toBe(text));
