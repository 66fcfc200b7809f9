import type { Dispatcher } from "undici";
import type { Clock } from "../clock.ts";
import { ApiError, type ApiErrorDetails, Held, type Operation, Stopped } from "./api-error.ts";
import type { ApiObserver } from "./api-observer.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { type LoginGate, LoginRefused, type Pass, type Verdict } from "./auth/login-gate.ts";
import { backoffMs, throttleMs } from "./backoff.ts";
import { describeStatus, isRetryable, reasonOfStatus } from "./classify.ts";
import { parseErrorBody } from "./error-body.ts";
import { type Gate, longestWaitMs } from "./gate.ts";
import { parseRetryAfter } from "./retry-after.ts";

export interface RequesterOptions {
  readonly project: string;
  readonly limits: { readonly timeoutMs: number; readonly retries: number };
  readonly dispatcher: Dispatcher;
  readonly gate: Gate;
  readonly login: LoginGate;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: ApiObserver;
  /** Aborts when no attempt may start any more; waits between attempts end with it. */
  readonly stopping: AbortSignal;
}

export interface Call<T> {
  readonly operation: Operation;
  readonly url: URL;
  /** Bytes of a body that are read at most. */
  readonly maxBody: number;
  /** Reads the body of a 200, or says why it is of no use. */
  readonly read: (body: string) => { readonly value: T } | { readonly unusable: string };
  readonly signal: AbortSignal;
}

/** Sends a call through login, gate and retries. @throws {ApiError} | {Held} | {Stopped} */
export type Requester = <T>(call: Call<T>) => Promise<T>;

export function createRequester(options: RequesterOptions): Requester {
  const { project, limits, gate, clock, random, observer, stopping } = options;

  return async (call) => {
    let last: ApiError | undefined;
    let renewedFrom: number | undefined;
    for (let failures = 0; ; ) {
      const pass = await enter(call, last);
      const result = await once(options, call, pass);
      if (!(result instanceof ApiError)) return result.value;
      last = result;
      const { reason, retryAfterMs } = result;
      // The token may have been rotated while the request was under way; a new one deserves one try at once.
      if (reason === "unauthorized" && renewedFrom === undefined) {
        renewedFrom = pass.credential.generation;
        if (await isRenewed(call, renewedFrom)) continue;
      }
      if (reason === "throttled") gate.hold(retryAfterMs ?? throttleMs(random));
      failures += 1;
      if (!isRetryable(reason) || failures > limits.retries) throw result;
      if (reason === "throttled") continue;
      if (retryAfterMs !== undefined && retryAfterMs > longestWaitMs) throw result;
      await pause(Math.max(retryAfterMs ?? 0, backoffMs(failures, random)), call.signal);
    }
  };

  /** Waits for login and gate. A request that has been sent before and may not go again fails with what it got. */
  async function enter(call: Call<unknown>, last: ApiError | undefined): Promise<Pass & { leave(): void }> {
    let pass: Pass | undefined;
    try {
      pass = await options.login.enter(call.signal);
      return { ...pass, leave: await gate.enter(call.signal) };
    } catch (error) {
      pass?.tell("undecided", call.url.pathname);
      if (error instanceof Stopped) throw error;
      if (last) throw last;
      if (error instanceof Held) throw error;
      // Without a credential, as with a refused one, nothing is sent: unauthorized, but no attempt to count.
      throw failure(call, { reason: "unauthorized", message: (error as Error).message, sent: false });
    }
  }

  async function isRenewed(call: Call<unknown>, generation: number): Promise<boolean> {
    try {
      const pass = await options.login.enter(call.signal);
      pass.tell("undecided", call.url.pathname);
      return pass.credential.generation !== generation;
    } catch (error) {
      if (error instanceof LoginRefused) return false;
      throw error;
    }
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || stopping.aborted) return reject(new Stopped());
      const cancel = clock.after(ms, () => end(resolve));
      const onAbort = (): void => end(() => reject(new Stopped()));
      function end(settle: () => void): void {
        cancel();
        for (const s of [signal, stopping]) s.removeEventListener("abort", onAbort);
        settle();
      }
      for (const s of [signal, stopping]) s.addEventListener("abort", onAbort, { once: true });
    });
  }

  function failure(call: Call<unknown>, details: Omit<ApiErrorDetails, "project" | "operation">): ApiError {
    return new ApiError({ project, operation: call.operation, ...details });
  }

  /** One attempt, with everything that counts it. */
  async function once<T>(
    { dispatcher }: RequesterOptions,
    call: Call<T>,
    pass: Pass & { leave(): void },
  ): Promise<{ readonly value: T } | ApiError> {
    const { operation, url, maxBody, signal } = call;
    const start = clock.monotonic();
    let verdict: Verdict = "undecided";
    try {
      const headers = { accept: "application/json", ...pass.credential.headers({ method: "GET", url }) };
      const got = await attempt({ dispatcher, clock, url, headers, timeoutMs: limits.timeoutMs, maxBody, signal });
      observer.attempted(operation, "status" in got ? String(got.status) : "none", (clock.monotonic() - start) / 1000);
      const result = judge(call, got);
      if (result instanceof ApiError) {
        observer.failed(operation, result.reason);
        if (result.reason === "unauthorized") verdict = "refused";
        else if (result.status !== undefined && result.status < 500 && result.reason !== "throttled")
          verdict = "accepted";
      } else verdict = "accepted";
      return result;
    } finally {
      pass.tell(verdict, url.pathname);
      pass.leave();
    }
  }

  function judge<T>(call: Call<T>, got: Attempt): { readonly value: T } | ApiError {
    if (!("status" in got)) return failure(call, got);
    const { status, header, body } = got;
    if (status === 200) {
      const read = body === undefined ? { unusable: `the answer is over ${call.maxBody} bytes` } : call.read(body);
      return "value" in read ? read : failure(call, { reason: "bad_body", message: read.unusable, status });
    }
    const said = parseErrorBody(body ?? "");
    const reason = reasonOfStatus(status, said);
    const retryAfterMs = parseRetryAfter(header("retry-after"), clock.now() / 1000);
    return failure(call, {
      ...said,
      reason,
      status,
      message: describeStatus(status, said, reason),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}
