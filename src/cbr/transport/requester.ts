import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { parseJson } from "../../base/json.ts";
import { toMillis } from "../../base/micros.ts";
import { backoffMs, parseRetryAfter, pause, Stopped, throttleMs } from "../../base/waits.ts";
import { describeStatus, reasonOfStatus } from "../answers/classify.ts";
import { clockAdvice, skewOf } from "../answers/clock-skew.ts";
import { readErrorBody } from "../answers/error-body.ts";
import { ApiError, type ApiErrorDetails, Held } from "../api-error.ts";
import type { ApiObserver } from "../operations.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { Call, Requester } from "./call.ts";
import { type Connections, TlsFilesError } from "./connections.ts";
import { type Gate, longestWaitMs } from "./gate.ts";
import type { RequestUrl } from "./login.ts";
import { type LoginGate, LoginRefused, type Outcome, type Permit } from "./login-gate.ts";
import { type ProxyPermit, ProxyRefused, type ProxyWays } from "./proxy-gate.ts";

export interface RequesterOptions {
  /** The `project` label. */
  readonly project: string;
  /** Base URL of the API, without a trailing slash. */
  readonly endpoint: string;
  /** The project's id; absent where the login finds it out. */
  readonly projectId?: string | undefined;
  readonly limits: { readonly timeoutMs: number; readonly retries: number };
  readonly connections: Pick<Connections, "dispatcher">;
  readonly proxies: ProxyWays;
  readonly gate: Gate;
  readonly login: Pick<LoginGate, "enter">;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  readonly observer: ApiObserver;
  /** Takes with each answer how far the server's clock is ahead of this machine's, in milliseconds. */
  readonly onSkew?: (skewMs: number) => void;
  /** Aborts when no attempt may start any more; waits between attempts end with it. */
  readonly stopping: AbortSignal;
}

/** A request's place: what to send it with, and how to give the place back. */
interface Turn {
  readonly permit: Permit;
  readonly url: RequestUrl;
  readonly proxy: ProxyPermit;
  readonly dispatcher: Dispatcher;
  leave(): void;
}

const accept = "application/json";

/** An operation log has about 1 KiB, a page of a list some hundred; what is longer is no answer. */
const usualMaxBody = 1024 * 1024;

export function createRequester(options: RequesterOptions): Requester {
  const { project, limits, gate, clock, random, observer, stopping } = options;
  const endpoint = new URL(options.endpoint);
  const { origin, host } = endpoint;
  const base = endpoint.pathname.replace(/\/$/, "");
  const way = options.proxies.to(endpoint);

  return async (call) => {
    let last: ApiError | undefined;
    let renewedFrom: number | undefined;
    for (let failures = 0; ; ) {
      const turn = await enter(call, last);
      const result = await send(call, turn);
      if (!(result instanceof ApiError)) return result.value;
      last = result;
      const { reason, retryAfterMs } = result;
      // The token may have been rotated while the request was under way; a new one deserves one try at once.
      if (reason === "unauthorized" && renewedFrom === undefined) {
        renewedFrom = turn.permit.credential.generation;
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
    let permit: Permit | undefined;
    let proxy: ProxyPermit | undefined;
    let leave = (): void => {};
    const giveBack = (): void => {
      leave();
      proxy?.report(undefined);
      permit?.report("unknown", "");
    };
    try {
      for (;;) {
        permit = await options.login.enter(call.signal);
        const url = urlOf(call, permit.credential.projectId);
        proxy = await way.enter(call.signal);
        leave = await gate.enter(call.signal);
        // Last, since connections that are replaced while a request waits for its turn would refuse it.
        const dispatcher = await options.connections.dispatcher(way);
        if (!permit.isStale() && !proxy.isStale()) return { permit, url, proxy, dispatcher, leave };
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

  function urlOf({ path, query = {} }: Call<unknown>, foundId: string | undefined): RequestUrl {
    // All ids match [A-Za-z0-9_-]{1,64}, checked where they came in, so that they cannot change the path.
    const filled = path.replace("{project_id}", options.projectId ?? foundId ?? "");
    const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return { origin, host, pathname: `${base}${filled}`, search: `${search.length > 0 ? "?" : ""}${search.join("&")}` };
  }

  /** @throws {ApiError} that says why another credential could not be had, which a 401 alone does not */
  async function isRenewed(call: Call<unknown>, generation: number): Promise<boolean> {
    try {
      const permit = await options.login.enter(call.signal);
      permit.report("unknown", "");
      return permit.credential.generation !== generation;
    } catch (error) {
      if (error instanceof Stopped) throw error;
      if (error instanceof LoginRefused || error instanceof Held) return false;
      throw notSent(call, error, { sent: true });
    }
  }

  /** The failure of a request that could not be sent, for want of a credential or of files for TLS: no attempt to count. */
  function notSent(call: Call<unknown>, error: unknown, { sent } = { sent: false }): ApiError {
    const { message } = error as Error;
    if (error instanceof ApiError) {
      return failure(call, { reason: error.reason, message: `login: ${message}`, sent }, { cause: error });
    }
    const reason = error instanceof TlsFilesError ? "tls" : error instanceof ProxyRefused ? "network" : "unauthorized";
    return failure(call, { reason, message, sent });
  }

  function failure(
    { operation }: Call<unknown>,
    details: Omit<ApiErrorDetails, "project" | "operation">,
    errorOptions?: ErrorOptions,
  ): ApiError {
    return new ApiError({ project, operation, ...details }, errorOptions);
  }

  /** One attempt, with everything that counts it. */
  async function send<T>(call: Call<T>, turn: Turn): Promise<{ readonly value: T } | ApiError> {
    const { operation, method = "GET", maxBody = usualMaxBody, signal } = call;
    const { permit, url, dispatcher } = turn;
    const body = call.body && JSON.stringify(call.body);
    let outcome: Outcome = "unknown";
    let got: Attempt | undefined;
    try {
      const start = clock.monotonic();
      observer.sending(operation);
      got = await attempt({
        dispatcher,
        clock,
        method,
        url,
        // Not spread: that takes some microseconds of each request.
        headers: Object.assign(
          body === undefined ? { accept } : { accept, "content-type": "application/json" },
          call.headers,
          permit.credential.headers(body === undefined ? { method, url } : { method, url, body }),
        ),
        body,
        timeoutMs: limits.timeoutMs,
        maxBody,
        signal,
      });
      observer.attempted(operation, "status" in got ? String(got.status) : "none", (clock.monotonic() - start) / 1000);
      const result = readAttempt(call, got, maxBody);
      if (result instanceof ApiError) observer.failed(operation, result.reason);
      outcome = result instanceof ApiError ? outcomeOf(result) : "accepted";
      return result;
    } finally {
      turn.proxy.report(got);
      permit.report(outcome, url.pathname);
      turn.leave();
    }
  }

  function readAttempt<T>(call: Call<T>, got: Attempt, maxBody: number): { readonly value: T } | ApiError {
    if (!("status" in got)) return failure(call, { ...got, ...(got.proxyRefused && { retryable: false }) });
    const { status, header, body } = got;
    const { success = 200 } = call;
    const skewMs = skewOf(header("date"), toMillis(clock.now()));
    if (skewMs !== undefined) options.onSkew?.(skewMs);
    const json = parseJson(body ?? "");
    if (status === success && body === undefined) {
      return failure(call, { reason: "bad_body", message: `the answer is over ${maxBody} bytes`, status });
    }
    if (status === success || success === "any") {
      const reading = call.read({ status, json, text: body ?? "", header });
      if ("value" in reading) return reading;
      return failure(call, { reason: reading.reason ?? "bad_body", message: reading.unusable, status });
    }
    const details = readErrorBody(json, status);
    const reason = reasonOfStatus(status, details);
    const retryAfterMs = parseRetryAfter(header("retry-after"), toMillis(clock.now()));
    const advice = reason === "unauthorized" ? clockAdvice(skewMs) : "";
    return failure(call, {
      ...details,
      reason,
      status,
      message: describeStatus(call.operation, status, details, reason) + advice,
      retryAfterMs,
    });
  }
}

/** What a failure shows about the credential. */
function outcomeOf({ reason, status }: ApiError): Outcome {
  if (reason === "unauthorized") return "refused";
  return status !== undefined && status < 500 && reason !== "throttled" ? "accepted" : "unknown";
}
