import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { Stopped, untilAborted } from "../../base/waits.ts";
import type { FailureReason } from "../../tasks/failure-reason.ts";
import { describeNetworkError } from "./network-error.ts";

export interface AttemptOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The whole attempt, connect to last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of a body that are read at most. */
  readonly maxBody: number;
  readonly signal: AbortSignal;
}

/** What came of one attempt: an answer of whatever status, or why there is none. */
export type Attempt =
  | {
      readonly status: number;
      readonly header: (name: string) => string | undefined;
      /** Undefined when it is longer than `maxBody`. */
      readonly body: string | undefined;
    }
  | {
      readonly reason: Extract<FailureReason, "timeout" | "network" | "tls">;
      readonly message: string;
      /** A proxy wants another login (HTTP 407). */
      readonly proxyRefused?: true;
    };

/**
 * A deadline that comes later than this was held up with the whole program, which was blocked or suspended: the answer
 * may lie there unread, and gets as much time once more.
 */
const lateMs = 1_000;

/**
 * Sends one request and reads its answer.
 *
 * @throws {Stopped} when `signal` aborts; nothing else
 */
export async function attempt(options: AttemptOptions): Promise<Attempt> {
  const { clock, url, timeoutMs, signal } = options;
  if (signal.aborted) throw new Stopped();
  const abort = new AbortController();
  const onAbort = (): void => abort.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  let isOverTime = false;
  const end = (): void => {
    isOverTime = true;
    abort.abort();
  };
  const dueAt = clock.monotonic() + timeoutMs;
  let cancel = clock.after(timeoutMs, () => {
    if (clock.monotonic() - dueAt > lateMs) cancel = clock.after(lateMs, end);
    else end();
  });
  try {
    // undici settles an aborted request only once its connection is done with it; this does not wait for that.
    return await untilAborted(send(options, abort.signal), abort.signal);
  } catch (error) {
    if (!(error instanceof Stopped)) return describeNetworkError(error, url.host);
    if (!isOverTime) throw error;
    return {
      reason: "timeout",
      message: `no whole answer within ${timeoutMs / 1000} s; where that is usual, raise timeout`,
    };
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

async function send(options: AttemptOptions, signal: AbortSignal): Promise<Attempt> {
  const { dispatcher, method, url, headers, body, maxBody } = options;
  const answer = await dispatcher.request({
    method,
    origin: url.origin,
    path: url.pathname + url.search,
    headers,
    body: body ?? null,
    signal,
    // The attempt's own deadline covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const header = (name: string): string | undefined => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const text = await readBody(answer.body, maxBody);
  // Only a proxy answers 407: the cloud itself has not answered.
  if (answer.statusCode === 407) {
    const message = `a proxy before ${url.host} wants a login (HTTP 407); check the proxy`;
    return { reason: "network", message, proxyRefused: true };
  }
  return { status: answer.statusCode, header, body: text };
}

/** @returns the body as text; undefined as soon as it proves longer than `limit`, the connection then being dropped */
async function readBody(body: Dispatcher.ResponseData["body"], limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, length));
}
