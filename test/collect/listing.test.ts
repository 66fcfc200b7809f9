import { expect, test } from "vitest";
import type { ListQuery, Page } from "../../src/cbr/calls/operation-logs.ts";
import { listAll } from "../../src/collect/listing.ts";
import { never } from "../support/never.ts";
import { running } from "../support/task-records.ts";

/** A cloud whose pages begin at these offsets; elsewhere there is none. */
function paged(pages: (offset: number) => readonly string[], dropped = 0) {
  const asked: ListQuery[] = [];
  return {
    asked,
    list: () =>
      listAll({
        api: {
          async listOperationLogs(query: ListQuery): Promise<Page> {
            asked.push(query);
            const logs = pages(query.offset).map((id) => running(id));
            return { logs, invalidFields: [], received: logs.length === 0 ? 0 : logs.length + dropped };
          },
        },
        query: { operationType: "backup" },
        signal: never,
        onPage: () => {},
      }),
  };
}

const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => `t${from + index}`);
const all = (total: number, most: number) => (offset: number) =>
  ids(offset, Math.max(0, Math.min(most, total - offset)));

test.each<[string, (offset: number) => readonly string[], number, number]>([
  ["nothing", () => [], 0, 1],
  ["one page", all(3, 1000), 3, 2],
  ["a full page", all(1000, 1000), 1000, 2],
  ["smaller pages than were asked for", all(25, 10), 25, 4],
  ["records that move back while it reads", (offset) => ids(Math.max(0, offset - 1), offset < 30 ? 10 : 0), 29, 4],
])("%s: all of it, once, with as many requests as it takes", async (_, pages, count, requests) => {
  const { list, asked } = paged(pages);
  const { logs, cut } = await list();
  expect([logs.size, cut, asked.length]).toEqual([count, undefined, requests]);
  expect(asked[0]).toEqual({ operationType: "backup", limit: 1000, offset: 0 });
});

test("records without a usable id count for the offset", async () => {
  const { list, asked } = paged((offset) => (offset < 24 ? ids(offset, 10) : []), 2);
  await list();
  expect(asked.map(({ offset }) => offset)).toEqual([0, 12, 24]);
});

test("a cloud that knows no offset shows all it has on its one page", async () => {
  const { list, asked } = paged(() => ids(0, 7));
  const { logs, cut } = await list();
  expect([logs.size, cut, asked.length]).toEqual([7, undefined, 2]);
});

test("but one whose page was full may have more", async () => {
  const { list } = paged(() => ids(0, 1000));
  expect((await list()).cut).toBe("the cloud repeats its pages");
});

test("a listing that never ends is left after a hundred pages", async () => {
  const { list, asked } = paged((offset) => ids(offset, 2));
  const { logs, cut } = await list();
  expect([logs.size, cut, asked.length]).toEqual([200, "there are more than 100 pages", 100]);
});
