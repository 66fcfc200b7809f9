import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";

/** How long the answer to a scrape may take, from its request to its last byte. */
export const answerMs = 60_000;

/**
 * A client that reads nothing keeps the text alive that it was to get, and each may keep another: what all of them keep
 * is at most so many times the largest answer under way, or this many bytes, whichever is more.
 */
const maxAnswersUnread = 3;
const minBytesAllowed = 64 * 1024 * 1024;

export interface ScrapeLimits {
  /** Answers under way at once; 0: no limit. */
  readonly maxRequests: number;
  /** Gives an answer its place, which is free again when it has ended or its connection is closed. @returns undefined when all are taken */
  admit(response: ServerResponse): ScrapeAnswer | undefined;
}

/** An answer that has its place. */
export interface ScrapeAnswer {
  /** Is to be called with what the reader has not read yet: at first all of it, then whenever it has read some. */
  setUnread(chunks: readonly Uint8Array[]): void;
}

interface Answer {
  readonly socket: Socket;
  readonly end: () => void;
  unread: readonly Uint8Array[];
  /** Bytes in all. */
  size: number;
  /** When the reader last read something, on the monotonic clock. */
  lastReadAt: number;
}

/** Bounds what scrapes can cost, whatever their readers do: how many at once, how long, and how much memory. */
export function createScrapeLimits(options: {
  readonly maxRequests: number;
  readonly clock: Clock;
  readonly log: Log;
}): ScrapeLimits {
  const { maxRequests, clock, log } = options;
  const underWay = new Set<Answer>();
  const known = new WeakSet<Socket>();
  const countRefused = onceAMinute(clock, (refused) => {
    log.warn("Scrapes refused, too many are under way", { refused, limit: maxRequests });
  });
  const countCut = onceAMinute(clock, (cut) => {
    log.warn("Scrapes cut, their readers are too slow", { cut });
  });

  function cut({ socket, end }: Answer): void {
    socket.destroy();
    end();
    countCut();
  }

  /** Makes room for what is to be sent to `newest`: the reader that has read nothing for longest has to go. */
  function makeRoom(newest: Answer): void {
    const allowed = Math.max(minBytesAllowed, maxAnswersUnread * Math.max(...[...underWay].map(({ size }) => size)));
    const readers = [...underWay].filter((answer) => answer !== newest && answer.unread.length > 0);
    readers.sort((a, b) => a.lastReadAt - b.lastReadAt);
    for (const slowest of readers) {
      if (bytesOf([...underWay].flatMap(({ unread }) => unread)) <= allowed) return;
      cut(slowest);
    }
  }

  return {
    maxRequests,
    admit(response) {
      if (maxRequests > 0 && underWay.size >= maxRequests) {
        countRefused();
        return undefined;
      }
      const { socket } = response.req;
      const cancelTimeout = clock.after(answerMs, () => cut(answer));
      const end = (): void => {
        cancelTimeout();
        underWay.delete(answer);
      };
      const answer: Answer = { socket, end, unread: [], size: 0, lastReadAt: clock.monotonic() };
      underWay.add(answer);
      response.once("close", end);
      // Of requests that were sent ahead, only the first has a response that hears of the connection's end.
      if (!known.has(socket)) {
        known.add(socket);
        socket.once("close", () => {
          for (const each of underWay) if (each.socket === socket) each.end();
        });
      }
      return {
        setUnread(chunks) {
          if (!underWay.has(answer)) return;
          answer.unread = chunks;
          answer.lastReadAt = clock.monotonic();
          if (answer.size > 0) return;
          answer.size = bytesOf(chunks);
          if (underWay.size > 1) makeRoom(answer);
        },
      };
    },
  };
}

/** What these chunks take up; one that is there twice counts once. */
function bytesOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const { byteLength } of new Set(chunks)) bytes += byteLength;
  return bytes;
}

/** Reports at once that something happened, then once a minute how often it did since, for as long as it does. */
function onceAMinute(clock: Clock, report: (times: number) => void): () => void {
  let times = 0;
  let waiting = false;
  function reportAndWait(): void {
    waiting = times > 0;
    if (!waiting) return;
    report(times);
    times = 0;
    clock.after(60_000, reportAndWait);
  }
  return () => {
    times += 1;
    if (!waiting) reportAndWait();
  };
}
