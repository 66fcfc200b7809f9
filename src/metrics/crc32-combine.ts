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
