import { expect, test } from "vitest";
import type { Paging } from "../../src/cbr/project-api.ts";
import { listAll } from "../../src/collect/listing.ts";

/** A cloud whose pages begin at these offsets; elsewhere there is none. */
function paged(pages: (offset: number) => readonly string[], { dropped = 0, pageSize = 1000 } = {}) {
  const asked: Paging[] = [];
  return {
    asked,
    list: () =>
      listAll({
        pageSize,
        async page(paging) {
          asked.push(paging);
          const records = pages(paging.offset).map((id) => ({ id, page: asked.length }));
          return { records, invalidFields: [], received: records.length === 0 ? 0 : records.length + dropped };
        },
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
  const { records, cut } = await list();
  expect([records.size, cut, asked.length]).toEqual([count, undefined, requests]);
  expect(asked[0]).toEqual({ limit: 1000, offset: 0 });
});

test("records without a usable id count for the offset", async () => {
  const { list, asked } = paged((offset) => (offset < 24 ? ids(offset, 10) : []), { dropped: 2 });
  await list();
  expect(asked.map(({ offset }) => offset)).toEqual([0, 12, 24]);
});

test("a page without any usable id is not the last", async () => {
  const pages = [3, 1, 0];
  const listing = await listAll({
    pageSize: 1000,
    async page({ offset }) {
      const received = pages.shift() ?? 0;
      return { records: offset === 3 ? [{ id: "a" }] : [], invalidFields: [], received };
    },
  });
  expect([...listing.records.keys(), listing.cut]).toEqual(["a", undefined]);
});

test("a cloud that knows no offset shows all it has on its one page", async () => {
  const { list, asked } = paged(() => ids(0, 7));
  const { records, cut } = await list();
  expect([records.size, cut, asked.length]).toEqual([7, undefined, 2]);
});

test("but one whose page was full may have more", async () => {
  const { list } = paged(() => ids(0, 1000));
  expect((await list()).cut).toBe("the cloud repeats its pages");
});

test.each([
  [1000, 100],
  [50, 2000],
])("a listing that never ends, of pages of %i, is left after %i of them", async (pageSize, most) => {
  const { list, asked } = paged((offset) => ids(offset, 2), { pageSize });
  const { records, cut } = await list();
  expect([records.size, cut, asked.length]).toEqual([2 * most, `there are more than ${most} pages`, most]);
});

test("a record that comes twice is the one that was read last", async () => {
  const { list } = paged((offset) => [["a", "b"], [], ["b", "c"]][offset] ?? []);
  const { records } = await list();
  expect([...records.values()]).toEqual([
    { id: "a", page: 1 },
    { id: "b", page: 2 },
    { id: "c", page: 2 },
  ]);
});

test("each page that comes is told, and a page that does not come ends it", async () => {
  let told = 0;
  const failure = new Error("no page");
  const listing = listAll({
    pageSize: 2,
    async page({ offset }) {
      if (offset > 0) throw failure;
      return { records: [{ id: "a" }, { id: "b" }], invalidFields: [], received: 2 };
    },
    onPage() {
      told += 1;
    },
  });
  await expect(listing).rejects.toBe(failure);
  expect(told).toBe(1);
});
