import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { onAbort, Stopped } from "../../base/waits.ts";
import type { FailureReason } from "../../tasks/failure-reason.ts";
import type { RequestUrl } from "./login.ts";
import { describeNetworkError } from "./network-error.ts";

export interface AttemptOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly method: "GET" | "POST" | "PUT";
  readonly url: RequestUrl;
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
 * Sends one request and reads its answer. By undici's own dispatch: its `request` makes a stream of each body and listens to
 * a signal for each request, which is most of what a poll costs.
 *
 * @throws {Stopped} when `signal` aborts; nothing else
 */
export function attempt(options: AttemptOptions): Promise<Attempt> {
  const { dispatcher, clock, method, url, headers, body, timeoutMs, maxBody, signal } = options;
  if (signal.aborted) return Promise.reject(new Stopped());
  return new Promise((resolve, reject) => {
    let connection: Dispatcher.DispatchController | undefined;
    let isSettled = false;
    let status = 0;
    let answered: Readonly<Record<string, string | string[] | undefined>> = {};
    let chunks: Uint8Array[] = [];
    let length = 0;

    function settle(result: Attempt | Stopped): void {
      if (isSettled) return;
      isSettled = true;
      cancel();
      forget();
      if (result instanceof Stopped) reject(result);
      else resolve(result);
    }

    /** Settles now, not only once the connection is done with it. */
    function end(result: Attempt | Stopped): void {
      settle(result);
      connection?.abort(new Stopped());
    }

    const forget = onAbort(signal, () => end(new Stopped()));
    const onTime = (): void =>
      end({
        reason: "timeout",
        message: `no whole answer within ${timeoutMs / 1000} s; where that is usual, raise timeout`,
      });
    const dueAt = clock.monotonic() + timeoutMs;
    let cancel = clock.after(timeoutMs, () => {
      if (clock.monotonic() - dueAt > lateMs) cancel = clock.after(lateMs, onTime);
      else onTime();
    });

    const header = (name: string): string | undefined => {
      const value = answered[name];
      return Array.isArray(value) ? value[0] : value;
    };

    function answer(text: string | undefined): Attempt {
      if (status !== 407) return { status, header, body: text };
      // Only a proxy answers 407: the cloud itself has not answered.
      const message = `a proxy before ${url.host} wants a login (HTTP 407); check the proxy`;
      return { reason: "network", message, proxyRefused: true };
    }

    dispatcher.dispatch(
      {
        method,
        origin: url.origin,
        path: url.pathname + url.search,
        headers,
        body: body ?? null,
        // The attempt's own deadline covers both.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(controller) {
          connection = controller;
          if (isSettled) controller.abort(new Stopped());
        },
        onResponseStart(_, statusCode, responseHeaders) {
          status = statusCode;
          answered = responseHeaders;
        },
        onResponseData(_, chunk) {
          length += chunk.byteLength;
          if (length > maxBody) end(answer(undefined));
          else chunks.push(chunk);
        },
        onResponseEnd() {
          settle(answer(decode(chunks)));
          chunks = [];
        },
        onResponseError(_, error) {
          settle(describeNetworkError(error, url.host));
        },
      },
    );
  });
}

const decoder = new TextDecoder();

function decode(chunks: readonly Uint8Array[]): string {
  const [first, ...others] = chunks;
  return decoder.decode(first && others.length === 0 ? first : Buffer.concat(chunks));
}
