import { crc32, deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { combineCrc32, createGzip, type Deflate } from "../../src/metrics/gzip.ts";

// Whoever reads them checks the CRC too, which is combined from those of the chunks.
test("any chunks come back as their concatenation", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 }), async (chunks) => {
      const member = Buffer.concat(await createGzip()(chunks));
      expect(gunzipSync(member)).toEqual(Buffer.concat(chunks));
    }),
    { numRuns: 150 },
  );
});

test.each<[string, readonly Uint8Array[]]>([
  ["no chunk", []],
  ["one empty chunk", [Buffer.alloc(0)]],
  ["empty chunks between others", [Buffer.from("a"), Buffer.alloc(0), Buffer.from("b"), Buffer.alloc(0)]],
  ["a big one that compresses well", [Buffer.alloc(5_000_000, "abc")]],
  ["a big one that does not", [pseudoRandom(600_000), Buffer.from("tail")]],
])("%s", async (_, chunks) => {
  const member = Buffer.concat(await createGzip()(chunks));
  expect(gunzipSync(member).equals(Buffer.concat(chunks))).toBe(true);
});

test("it is one member: what follows its end is no data", async () => {
  const chunks = [Buffer.from("one\n"), Buffer.from("two\n"), Buffer.from("three\n")];
  const member = Buffer.concat(await createGzip()(chunks));
  expect(member.subarray(0, 4)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0]));
  // A second member after it is read on; the first one therefore holds all three chunks already.
  expect(gunzipSync(Buffer.concat([member, gzipSync("four\n")])).toString()).toBe("one\ntwo\nthree\nfour\n");
  expect(member.readUInt32LE(member.length - 4)).toBe(14);
});

test("a chunk that stays is not compressed again", async () => {
  const gzip = createGzip();
  const [stays, before, after] = ["stays\n", "before\n", "after\n"].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const first = await gzip([stays, before]);
  const second = await gzip([stays, after]);
  expect(second[1]).toBe(first[1]);
  expect(second[2]).not.toBe(first[2]);
  expect(gunzipSync(Buffer.concat(second)).toString()).toBe("stays\nafter\n");
});

test("scrapes that come together compress a chunk once", async () => {
  const gzip = createGzip();
  const chunk = Buffer.from("shared\n");
  const [a, b] = await Promise.all([gzip([chunk]), gzip([chunk])]);
  expect(a?.[1]).toBe(b?.[1]);
});

test("a compression that failed is tried again by the next scrape, and by no other chunk's", async () => {
  const asked: string[] = [];
  let broken = true;
  const deflate: Deflate = async (chunk, options) => {
    const text = Buffer.from(chunk).toString().trim();
    asked.push(text);
    if (text === "breaks" && broken) throw new Error("out of memory");
    return deflateRawSync(chunk, options);
  };
  const gzip = createGzip(deflate);
  const chunks = [Buffer.from("before\n"), Buffer.from("breaks\n"), Buffer.from("after\n")];
  const failed = await Promise.allSettled([gzip(chunks), gzip(chunks)]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(gzip(chunks)).rejects.toThrow("out of memory");
  broken = false;
  expect(gunzipSync(Buffer.concat(await gzip(chunks))).toString()).toBe("before\nbreaks\nafter\n");
  expect(asked).toEqual(["before", "breaks", "after", "breaks", "breaks"]);
});

test("the same chunk may stand twice", async () => {
  const chunk = Buffer.from("again\n");
  expect(gunzipSync(Buffer.concat(await createGzip()([chunk, chunk]))).toString()).toBe("again\nagain\n");
});

test("combineCrc32: lengths beyond 32 bits are not cut", () => {
  // Appending n + 2^32 zero bytes equals appending n, then 2^32 in two halves.
  const zeros = crc32(Buffer.alloc(1));
  const half = 2 ** 31;
  const grown = (crc: number, length: number): number => combineCrc32(crc, 0, length);
  expect(grown(zeros, 2 ** 32 + 5)).toBe(grown(grown(grown(zeros, half), half), 5));
});

function pseudoRandom(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}
