import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import { textAt, timeAt } from "../../../src/cbr/answers/fields.ts";
import { decodeListOpLogs } from "../../../src/cbr/answers/operation-log.ts";
import { decodePage, type ListShape } from "../../../src/cbr/answers/page.ts";

const context = { latest: micros(1_780_315_200_000_000), intern: (text: string) => text };

const shape: ListShape<{ id: string; name: string | undefined }> = {
  name: "things",
  of: "some things",
  read(part, id) {
    timeAt(part, "at");
    return { id, name: textAt(part, "name") };
  },
};

test.each<[unknown, string]>([
  [undefined, "the answer is not JSON"],
  ...[null, "x", 1, [], {}, { things: null }, { things: {} }, { things: "[]" }, { count: 0 }].map(
    (answer): [unknown, string] => [answer, "the answer holds no list of some things"],
  ),
])("%j is no page: %s", (answer, unusable) => expect(decodePage(answer, shape, context)).toEqual({ unusable }));

test.each<[string, unknown, readonly string[], readonly string[]]>([
  ["no record", [], [], []],
  ["records", [{ id: "a" }, { id: "b", name: "B" }], ["a", "b"], []],
  ["the longest id", [{ id: "x".repeat(64) }], ["x".repeat(64)], []],
  ["a field that cannot be used", [{ id: "a", name: 1, at: "never" }, { id: "b" }], ["a", "b"], ["at", "name"]],
  ["a record without an id", [{ name: "x" }, { id: "b" }], ["b"], ["id"]],
  ["a record with an id and fields that cannot be used", [{ id: 1, name: 1 }, { id: "b" }], ["b"], ["id"]],
  ["no objects", [null, 1, "a", [{ id: "a" }], { id: "b" }], ["b"], ["id", "id", "id", "id"]],
  ...["", "a/b", "..", "a b", "x".repeat(65), "é", null, 7, ["a"]].map(
    (id): [string, unknown, readonly string[], readonly string[]] => [`the id ${id}`, [{ id }], [], ["id"]],
  ),
])("%s", (_, things, ids, invalidFields) => {
  const page = decodePage({ things, count: 99 }, shape, context);
  if (!("records" in page)) throw new Error(page.unusable);
  expect(page.records.map(({ id }) => id)).toEqual(ids);
  expect(page.invalidFields).toEqual(invalidFields);
  expect(page.received).toBe((things as unknown[]).length);
});

test("any JSON among the records takes nothing from the others", () => {
  const good = [{ id: "first" }, { id: "last" }];
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (others) => {
      const page = decodePage({ things: [good[0], ...others, good[1]] }, shape, context);
      expect("records" in page && [page.records[0]?.id, page.records.at(-1)?.id, page.received]).toEqual([
        "first",
        "last",
        others.length + 2,
      ]);
    }),
  );
});

test("a page of ListOpLogs", () => {
  const answer = { operation_logs: [{ id: "a", status: "success" }, { id: "b", status: 1 }, {}] };
  expect(decodeListOpLogs(answer, context)).toEqual({
    records: [
      { id: "a", status: "success" },
      { id: "b", status: "unknown" },
    ],
    invalidFields: ["status", "id"],
    received: 3,
  });
  expect(decodeListOpLogs({}, context)).toEqual({ unusable: "the answer holds no list of tasks" });
});
