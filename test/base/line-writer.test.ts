import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { lineWriter } from "../../src/base/line-writer.ts";

test("lines that nobody takes are dropped beyond a megabyte, and come again once they are taken", () => {
  let lines = 0;
  let take = (): void => {};
  const stream = new Writable({
    highWaterMark: 1,
    write(_line, _encoding, done) {
      lines += 1;
      take = done;
    },
  });
  const write = lineWriter(stream);
  for (let each = 0; each < 3_000; each += 1) write(`${"x".repeat(1023)}\n`);
  expect([lines, stream.writableLength]).toEqual([1, 1024 * 1024]);
  for (let each = 0; each < 1024; each += 1) take();
  expect([lines, stream.writableLength]).toEqual([1024, 0]);
  write("last\n");
  expect(lines).toBe(1025);
});
