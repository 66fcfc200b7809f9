import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { combineCrc32 } from "./crc32-combine.ts";

const deflate = promisify(deflateRaw);

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
export function createGzip(): (chunks: readonly Uint8Array[]) => Promise<readonly Uint8Array[]> {
  const kept = new WeakMap<Uint8Array, Promise<Deflated>>();

  async function compress(chunk: Uint8Array): Promise<Deflated> {
    const bytes = await deflate(chunk, { finishFlush: constants.Z_FULL_FLUSH, level: 6 });
    return { bytes, crc: crc32(chunk), length: chunk.byteLength };
  }

  return async (chunks) => {
    const parts = await Promise.all(
      chunks.map((chunk) => {
        const part = kept.get(chunk) ?? compress(chunk);
        kept.set(chunk, part);
        return part;
      }),
    );
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
