/**
 * The CRC-32 of two pieces of data put together, from the CRC of each and the length of the second: what zlib's
 * `crc32_combine` does and Node does not expose. Feeding a zero bit to a CRC is a linear map over GF(2) (a 32×32 matrix);
 * squaring it gives the map for two, four, … zero bits, so the cost grows with the logarithm of the length.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  if (secondLength <= 0) return first >>> 0;
  // One zero bit: shift right, and the polynomial where a one falls out.
  let power = Uint32Array.from({ length: 32 }, (_, bit) => (bit === 0 ? 0xedb88320 : 2 ** (bit - 1)));
  power = square(square(square(power)));
  let crc = first >>> 0;
  for (let length = secondLength; length > 0; length = Math.floor(length / 2)) {
    if (length % 2 === 1) crc = apply(power, crc);
    power = square(power);
  }
  return (crc ^ second) >>> 0;
}

function apply(matrix: Uint32Array, vector: number): number {
  let sum = 0;
  for (let bit = 0, rest = vector >>> 0; rest !== 0; bit += 1, rest >>>= 1) if (rest & 1) sum ^= matrix[bit] ?? 0;
  return sum >>> 0;
}

function square(matrix: Uint32Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(matrix, (column) => apply(matrix, column));
}
