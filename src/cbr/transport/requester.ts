import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { backoffMs, parseRetryAfter, pause, Stopped, throttleMs } from "../../base/waits.ts";
import { describeStatus, reasonOfStatus } from "../answers/classify.ts";
import { clockAdvice, skewOf } from "../answers/clock-skew.ts";
import { parseErrorBody } from "../answers/error-body.ts";
import { ApiError, type ApiErrorDetails, Held, type Operation } from "../api-error.ts";
import type { ApiObserver } from "../api-observer.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { type Connections, TlsFilesError } from "./connections.ts";
import { type Gate, longestWaitMs } from "./gate.ts";
import { type LoginGate, LoginRefused, type Pass, type Verdict } from "./login-gate.ts";
import { type ProxyPass, ProxyRefused, type ProxyWays } from "./proxy-gate.ts";

export interface RequesterOptions {
  readonly project: string;
  readonly limits: { readonly timeoutMs: number; readonly retries: number };
  readonly connections: Pick<Connections, "dispatcher">;
  readonly proxies: ProxyWays;
  readonly gate: Gate;
  readonly login: LoginGate;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: ApiObserver;
  /** Told of each answer how far the server's clock is ahead of this machine's, in milliseconds. */
  readonly onSkew?: (skewMs: number) => void;
  /** Aborts when no attempt may start any more; waits between attempts end with it. */
  readonly stopping: AbortSignal;
}

export type HeaderReader = (name: string) => string | undefined;
export type Reading<T> = { readonly value: T } | { readonly unusable: string };

export interface Call<T> {
  readonly operation: Operation;
  readonly method?: "GET" | "POST" | "PUT";
  /** @param projectId the one that the login found out, where it did */
  readonly url: (projectId: string | undefined) => URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The status of a good answer; 200 unless given. */
  readonly success?: number;
  /** Bytes of a body that are read at most. */
  readonly maxBody: number;
  /** Reads a good answer, or says why it is of no use. */
  readonly read: (body: string, header: HeaderReader) => Reading<T>;
  readonly signal: AbortSignal;
}

/** A request's place: what to send it with, and how to give the place back. */
interface Turn extends Pass {
  readonly url: URL;
  readonly proxy: ProxyPass;
  readonly dispatcher: Dispatcher;
  leave(): void;
}

/** Sends a call through login, gate and retries. @throws {ApiError} | {Held} | {Stopped} */
export type Requester = <T>(call: Call<T>) => Promise<T>;

export function createRequester(options: RequesterOptions): Requester {
  const { project, limits, gate, clock, random, observer, stopping } = options;

  return async (call) => {
    let last: ApiError | undefined;
    let renewedFrom: number | undefined;
    for (let failures = 0; ; ) {
      const turn = await enter(call, last);
      const result = await once(call, turn);
      if (!(result instanceof ApiError)) return result.value;
      last = result;
      const { reason, retryAfterMs } = result;
      // The token may have been rotated while the request was under way; a new one deserves one try at once.
      if (reason === "unauthorized" && renewedFrom === undefined) {
        renewedFrom = turn.credential.generation;
        if (await isRenewed(call, renewedFrom)) continue;
      }
      if (reason === "throttled") gate.hold(retryAfterMs ?? throttleMs(random));
      failures += 1;
      if (!result.retryable || failures > limits.retries) throw result;
      if (reason === "throttled") continue;
      if (retryAfterMs !== undefined && retryAfterMs > longestWaitMs) throw result;
      await pause(Math.max(retryAfterMs ?? 0, backoffMs(failures, random)), clock, [call.signal, stopping]);
    }
  };

  /** Waits for login and gate. A request that has been sent before and may not go again fails with what it got. */
  async function enter(call: Call<unknown>, last: ApiError | undefined): Promise<Turn> {
    let pass: Pass | undefined;
    let proxy: ProxyPass | undefined;
    let leave = (): void => {};
    const giveBack = (): void => {
      leave();
      proxy?.tell(undefined);
      pass?.tell("undecided", "");
    };
    try {
      for (;;) {
        pass = await options.login.enter(call.signal);
        const url = call.url(pass.credential.projectId);
        const way = options.proxies.to(url);
        proxy = await way.enter(call.signal);
        leave = await gate.enter(call.signal);
        // Last, since connections that are replaced while a request waits for its turn would refuse it.
        const dispatcher = await options.connections.dispatcher(way);
        if (!pass.isStale() && !proxy.isStale()) return { ...pass, url, proxy, dispatcher, leave };
        // Refused while this request waited for its turn: now one at a time tries it.
        giveBack();
      }
    } catch (error) {
      giveBack();
      if (error instanceof Stopped) throw error;
      if (last) throw last;
      if (error instanceof Held) throw error;
      throw notSent(call, error);
    }
  }

  /** @throws {ApiError} that tells why another credential could not be had, which a 401 alone does not */
  async function isRenewed(call: Call<unknown>, generation: number): Promise<boolean> {
    try {
      const pass = await options.login.enter(call.signal);
      pass.tell("undecided", "");
      return pass.credential.generation !== generation;
    } catch (error) {
      if (error instanceof Stopped) throw error;
      if (error instanceof LoginRefused || error instanceof Held) return false;
      throw notSent(call, error, { sent: true });
    }
  }

  /** Without a credential, or files for TLS, nothing is sent, so there is no attempt to count; what kept it is the reason. */
  function notSent(call: Call<unknown>, error: unknown, { sent } = { sent: false }): ApiError {
    const { message } = error as Error;
    if (error instanceof ApiError) {
      return failure(call, { reason: error.reason, message: `login: ${message}`, sent }, { cause: error });
    }
    const reason = error instanceof TlsFilesError ? "tls" : error instanceof ProxyRefused ? "network" : "unauthorized";
    return failure(call, { reason, message, sent });
  }

  function failure(
    call: Call<unknown>,
    details: Omit<ApiErrorDetails, "project" | "operation">,
    options?: ErrorOptions,
  ): ApiError {
    return new ApiError({ project, operation: call.operation, ...details }, options);
  }

  /** One attempt, with everything that counts it. */
  async function once<T>(call: Call<T>, turn: Turn): Promise<{ readonly value: T } | ApiError> {
    const { operation, method = "GET", headers, body, maxBody, signal } = call;
    const { credential, url, dispatcher } = turn;
    let verdict: Verdict = "undecided";
    let got: Attempt | undefined;
    try {
      const start = clock.monotonic();
      observer.sending(operation);
      got = await attempt({
        dispatcher,
        clock,
        method,
        url,
        headers: {
          accept: "application/json",
          ...headers,
          ...credential.headers({ method, url, ...(body !== undefined && { body }) }),
        },
        ...(body !== undefined && { requestBody: body }),
        timeoutMs: limits.timeoutMs,
        maxBody,
        signal,
      });
      observer.attempted(operation, "status" in got ? String(got.status) : "none", (clock.monotonic() - start) / 1000);
      const result = judge(call, got);
      if (result instanceof ApiError) {
        observer.failed(operation, result.reason);
        verdict = verdictOf(result);
      } else verdict = "accepted";
      return result;
    } finally {
      turn.proxy.tell(got);
      turn.tell(verdict, url.pathname);
      turn.leave();
    }
  }

  function judge<T>(call: Call<T>, got: Attempt): { readonly value: T } | ApiError {
    if (!("status" in got)) return failure(call, { ...got, ...(got.proxyRefused && { retryable: false }) });
    const { status, header, body } = got;
    const skewMs = skewOf(header("date"), clock.now() / 1000);
    if (skewMs !== undefined) options.onSkew?.(skewMs);
    if (status === (call.success ?? 200)) {
      const read =
        body === undefined ? { unusable: `the answer is over ${call.maxBody} bytes` } : call.read(body, header);
      return "value" in read ? read : failure(call, { reason: "bad_body", message: read.unusable, status });
    }
    const said = parseErrorBody(body ?? "", status);
    const reason = reasonOfStatus(status, said);
    const retryAfterMs = parseRetryAfter(header("retry-after"), clock.now() / 1000);
    return failure(call, {
      ...said,
      reason,
      status,
      message:
        describeStatus(call.operation, status, said, reason) + (reason === "unauthorized" ? clockAdvice(skewMs) : ""),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}

/** What an answer without success says about the credential. */
function verdictOf({ reason, status }: ApiError): Verdict {
  if (reason === "unauthorized") return "refused";
  return status !== undefined && status < 500 && reason !== "throttled" ? "accepted" : "undecided";
}
