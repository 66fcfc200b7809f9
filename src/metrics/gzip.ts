import { promisify } from "node:util";
import { constants, crc32, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";

/** Compresses as `zlib.deflateRaw` does. */
export type Deflate = (text: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>;

/** What a gzip member says of text. */
interface Sum {
  readonly crc: number;
  readonly length: number;
  /** What the CRC of text before this is multiplied by when this is appended. */
  readonly shift: number;
}

/** A piece of text as a part of a gzip member: raw deflate ended by a full flush, so that others may stand on both sides. */
export interface Deflated extends Sum {
  /** May become a view of the same bytes in another buffer. */
  bytes: Uint8Array;
}

/** Such pieces, one after the other. */
export interface DeflatedRow extends Sum {
  readonly chunks: readonly Uint8Array[];
}

/** Magic number, deflate, no flags, no time, no extra flags, Unix. */
const header = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const end = Uint8Array.from([0x03, 0x00]);

/** Level 3 makes nearly as little of such text as 6, in half the time. */
const options: ZlibOptions = { finishFlush: constants.Z_FULL_FLUSH, level: 3 };
/** Up to here text is compressed at once: the way to another thread and back would cost more than it saves. */
export const smallBytes = 64 * 1024;

const inThread = promisify<Uint8Array, ZlibOptions, Uint8Array>(deflateRaw);

/** The last one that another thread has to do. */
let queued: Promise<unknown> = Promise.resolve();

async function deflateText(text: Uint8Array): Promise<Uint8Array> {
  if (text.byteLength <= smallBytes) return deflateRawSync(text, options);
  // One at a time: where processors are few, polls and requests would have to wait for one.
  const deflated = queued.then(() => inThread(text, options));
  queued = deflated.catch(() => {});
  return deflated;
}

/** @param text a short one is not looked at any more once this has returned, whatever is waited for */
export async function compress(text: Uint8Array, deflate: Deflate = deflateText): Promise<Deflated> {
  const [crc, length] = [crc32(text), text.byteLength];
  return { crc, length, shift: shiftOf(length), bytes: await deflate(text, options) };
}

/** Puts parts together, into one buffer, of which each is a view from now on: no byte is kept twice. */
export function join(parts: readonly Deflated[]): Deflated {
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  let place = 0;
  for (const part of parts) {
    part.bytes = bytes.subarray(place, place + part.bytes.byteLength);
    place += part.bytes.byteLength;
  }
  return { ...rowSum(parts), bytes };
}

/** Puts parts in a row, none copied. */
export function inRow(parts: readonly Deflated[]): DeflatedRow {
  return { ...rowSum(parts), chunks: parts.map(({ bytes }) => bytes) };
}

/** One gzip member of all; of several members curl makes an error, and Chromium cuts them silently. */
export function gzipMember(rows: readonly DeflatedRow[]): readonly Uint8Array[] {
  const { crc, length } = sumOf(rows);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return [header, ...rows.flatMap(({ chunks }) => chunks), end, trailer];
}

function sumOf(parts: readonly Sum[]): Omit<Sum, "shift"> {
  let [crc, length] = [0, 0];
  for (const part of parts) {
    crc = combineCrc32(crc, part);
    length += part.length;
  }
  return { crc, length };
}

function rowSum(parts: readonly Sum[]): Sum {
  const sum = sumOf(parts);
  return { ...sum, shift: shiftOf(sum.length) };
}

// A CRC-32 is the remainder of a polynomial over GF(2), its highest power in the lowest bit.

/** The polynomial of CRC-32, without x^32. */
const modulus = 0xedb88320;

/** x^(2^n) for n from 0 to 31; from there on they repeat. */
const squares = Array.from({ length: 31 }).reduce<number[]>(
  (known) => [...known, multiply(known.at(-1) ?? 0, known.at(-1) ?? 0)],
  [0x40000000],
);

/** x to the power of eight times the length, modulo the polynomial. */
export function shiftOf(length: number): number {
  let shift = 0x80000000;
  // Eight bits a byte: x^(2^3) is the first one needed.
  for (let rest = length, bit = 3; rest > 0; rest = Math.floor(rest / 2), bit += 1) {
    if (rest % 2 === 1) shift = multiply(squares[bit % 32] ?? 0, shift);
  }
  return shift;
}

/**
 * The CRC-32 of two pieces of data put together, from the CRC of the first and what is known of the second: what zlib's
 * `crc32_combine` does and Node does not expose, in its way.
 */
export function combineCrc32(first: number, second: Omit<Sum, "length">): number {
  return (multiply(second.shift, first) ^ second.crc) >>> 0;
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
