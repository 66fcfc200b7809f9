import { promisify } from "node:util";
import { constants, crc32, deflateRaw, type ZlibOptions } from "node:zlib";

/** Compresses as `zlib.deflateRaw` does. */
export type Deflate = (chunk: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>;

/** Magic number, deflate, no flags, no time, no extra flags, Unix. */
const header = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const end = Uint8Array.from([0x03, 0x00]);

interface Deflated {
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly length: number;
}

/**
 * Compresses chunks into one gzip member, keeping each chunk's compressed form as long as the chunk itself lives: a
 * scrape after a change costs only what changed. Parts are raw deflate ended by a full flush. One member, because of
 * several curl makes an error, and Chromium cuts them silently.
 */
export function createGzip(
  deflate: Deflate = promisify<Uint8Array, ZlibOptions, Uint8Array>(deflateRaw),
): (chunks: readonly Uint8Array[]) => Promise<readonly Uint8Array[]> {
  const kept = new WeakMap<Uint8Array, Promise<Deflated>>();

  async function compress(chunk: Uint8Array): Promise<Deflated> {
    const bytes = await deflate(chunk, { finishFlush: constants.Z_FULL_FLUSH, level: 6 });
    return { bytes, crc: crc32(chunk), length: chunk.byteLength };
  }

  /** Scrapes that come together share one compression; one that failed is not kept. */
  function partOf(chunk: Uint8Array): Promise<Deflated> {
    const known = kept.get(chunk);
    if (known !== undefined) return known;
    const part = compress(chunk);
    kept.set(chunk, part);
    part.catch(() => kept.delete(chunk));
    return part;
  }

  return async (chunks) => {
    const parts = await Promise.all(chunks.map(partOf));
    let crc = 0;
    let length = 0;
    for (const part of parts) {
      crc = combineCrc32(crc, part.crc, part.length);
      length += part.length;
    }
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc, 0);
    trailer.writeUInt32LE(length % 2 ** 32, 4);
    return [header, ...parts.map(({ bytes }) => bytes), end, trailer];
  };
}

// A CRC-32 is the remainder of a polynomial over GF(2), its highest power in the lowest bit.

/** The polynomial of CRC-32, without x^32. */
const modulus = 0xedb88320;

/** x^(2^n) for n from 0 to 31; from there on they repeat. */
const squares = Array.from({ length: 31 }).reduce<number[]>(
  (known) => [...known, multiply(known.at(-1) ?? 0, known.at(-1) ?? 0)],
  [0x40000000],
);

/**
 * The CRC-32 of two pieces of data put together, from the CRC of each and the length of the second: what zlib's
 * `crc32_combine` does and Node does not expose, in its way: the first is multiplied by x to the power of the second's
 * bits, so the cost grows with the logarithm of the length.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  let crc = first;
  // Eight bits a byte: x^(2^3) is the first one needed.
  for (let length = secondLength, bit = 3; length > 0; length = Math.floor(length / 2), bit += 1) {
    if (length % 2 === 1) crc = multiply(squares[bit % 32] ?? 0, crc);
  }
  return (crc ^ second) >>> 0;
}

/** The product of two polynomials, modulo the third. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let power = 0x80000000; power !== 0; power >>>= 1) {
    if (a & power) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ modulus : shifted >>> 1;
  }
  return product >>> 0;
}
