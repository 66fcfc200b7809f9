import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { combineCrc32 } from "../../src/metrics/crc32-combine.ts";

test("combineCrc32 is the CRC-32 of the concatenation", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      expect(combineCrc32(crc32(a), crc32(b), b.byteLength)).toBe(crc32(Buffer.concat([a, b])));
    }),
    { numRuns: 300 },
  );
});

test("it folds over many parts, from the CRC of nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (parts) => {
      const folded = parts.reduce((crc, part) => combineCrc32(crc, crc32(part), part.byteLength), 0);
      expect(folded).toBe(crc32(Buffer.concat(parts)));
    }),
    { numRuns: 200 },
  );
});

test.each([1, 255, 65_536, 8_388_607, 8_388_608])("it is right for %d bytes", (length) => {
  const [a, b] = [Buffer.from("head"), Buffer.alloc(length, 0xa5)];
  expect(combineCrc32(crc32(a), crc32(b), length)).toBe(crc32(b, crc32(a)));
});

test("lengths beyond 32 bits are not cut", () => {
  // Appending n + 2^32 zero bytes equals appending n, then 2^32 in two halves.
  const zeros = crc32(Buffer.alloc(1));
  const half = 2 ** 31;
  const grown = (crc: number, length: number): number => combineCrc32(crc, 0, length);
  expect(grown(zeros, 2 ** 32 + 5)).toBe(grown(grown(grown(zeros, half), half), 5));
});
