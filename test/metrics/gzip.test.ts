import { crc32, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { combineCrc32, compress, gzipMember, inRow, join, shiftOf } from "../../src/metrics/gzip.ts";

async function memberOf(chunks: readonly Uint8Array[]): Promise<Buffer> {
  return Buffer.concat(gzipMember([inRow(await Promise.all(chunks.map((chunk) => compress(chunk))))]));
}

// Whoever reads them checks the CRC too, which is combined from those of the chunks.
test("any chunks come back as their concatenation", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 }), async (chunks) => {
      const member = await memberOf(chunks);
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
  const member = await memberOf(chunks);
  expect(gunzipSync(member).equals(Buffer.concat(chunks))).toBe(true);
});

test("it is one member: what follows its end is no data", async () => {
  const chunks = [Buffer.from("one\n"), Buffer.from("two\n"), Buffer.from("three\n")];
  const member = await memberOf(chunks);
  expect(member.subarray(0, 4)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0]));
  // A second member after it is read on; the first one therefore holds all three chunks already.
  expect(gunzipSync(Buffer.concat([member, gzipSync("four\n")])).toString()).toBe("one\ntwo\nthree\nfour\n");
  expect(member.readUInt32LE(member.length - 4)).toBe(14);
});

test("parts that are joined become views of one buffer, and are still parts of any member", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 8 }), async (chunks) => {
      const parts = await Promise.all(chunks.map((chunk) => compress(chunk)));
      const whole = join(parts);
      expect(gunzipSync(Buffer.concat(gzipMember([inRow([whole]), inRow(parts)])))).toEqual(
        Buffer.concat([...chunks, ...chunks]),
      );
      for (const { bytes } of parts) expect(bytes.buffer).toBe(whole.bytes.buffer);
      // Joined again with others, of which some were joined before.
      const again = join([...parts.slice(1), whole]);
      expect(gunzipSync(Buffer.concat(gzipMember([inRow([again])])))).toEqual(
        Buffer.concat([...chunks.slice(1), ...chunks]),
      );
    }),
    { numRuns: 100 },
  );
});

test("large texts are compressed one after the other: the second, far smaller, does not come first", async () => {
  const ended: number[] = [];
  const texts = [pseudoRandom(8_000_000), pseudoRandom(100_000), pseudoRandom(70_000)];
  await Promise.all(texts.map((text) => compress(text).then(({ length }) => ended.push(length))));
  expect(ended).toEqual([8_000_000, 100_000, 70_000]);
});

test("combineCrc32: lengths beyond 32 bits are not cut", () => {
  // Appending n + 2^32 zero bytes equals appending n, then 2^32 in two halves.
  const zeros = crc32(Buffer.alloc(1));
  const half = 2 ** 31;
  const grown = (crc: number, length: number): number => combineCrc32(crc, { crc: 0, shift: shiftOf(length) });
  expect(grown(zeros, 2 ** 32 + 5)).toBe(grown(grown(grown(zeros, half), half), 5));
});

function pseudoRandom(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}
