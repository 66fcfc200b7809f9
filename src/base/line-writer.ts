import type { Writable } from "node:stream";

/** Bytes that wait to be taken at most: a reader that hangs must not fill the memory. */
const mostWaiting = 1024 * 1024;

/** Writes lines for as long as somebody takes them; beyond a megabyte that nobody has taken they are dropped. */
export function lineWriter(stream: Pick<Writable, "write" | "writableLength">): (line: string) => void {
  return (line) => {
    if (stream.writableLength < mostWaiting) stream.write(line);
  };
}
