import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { since } from "../../base/micros.ts";
import { isToken } from "../../base/patterns.ts";
import { isObject } from "../answers/fields.ts";
import { redact } from "../answers/redact.ts";
import { parseTime } from "../answers/time.ts";
import { ApiError, type ApiErrorDetails } from "../api-error.ts";
import type { ApiObserver } from "../api-observer.ts";
import { attempt } from "../transport/attempt.ts";
import type { Login } from "../transport/login.ts";
import { type AccessKey, patienceWithKeys, signingCredential } from "./ak-sk-login.ts";
import { createRenewal, type Lease, tenthOfLife } from "./renewal.ts";

export interface EcsAgencyLoginOptions {
  readonly project: string;
  readonly projectId: string;
  /** Base URL of the metadata service. */
  readonly endpoint: string;
  /** Never a proxy's: the service is the server's own. */
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: ApiObserver;
  readonly signal: AbortSignal;
}

const operation = "GetSecurityKey";
const timeoutMs = 3_000;
const maxBody = 64 * 1024;
/** The vendor's advice; keys that live shorter are renewed a tenth of their life before their end. */
const renewBeforeMs = 40 * 60_000;

/** `auth.ecs_agency`: temporary keys from the metadata service of the server on which the exporter runs. */
export function ecsAgencyLogin(options: EcsAgencyLoginOptions): Login {
  const { project, projectId, endpoint, dispatcher, clock, random, observer, signal } = options;
  const tenth = tenthOfLife(random);
  let sessionToken: string | undefined;

  function failure(details: Omit<ApiErrorDetails, "project" | "operation">): ApiError {
    return new ApiError({ project, operation, ...details, message: `metadata service: ${details.message}` });
  }

  async function send(method: "GET" | "PUT", path: string, headers: Readonly<Record<string, string>>) {
    const url = new URL(endpoint + path);
    const start = clock.monotonic();
    observer.sending(operation);
    const got = await attempt({ dispatcher, clock, method, url, headers, timeoutMs, maxBody, signal });
    observer.attempted(operation, "status" in got ? String(got.status) : "none", (clock.monotonic() - start) / 1000);
    if ("status" in got) return got;
    observer.failed(operation, got.reason);
    throw failure({
      ...got,
      message: `${got.message}; ecs_agency works only on a server of the cloud's own`,
    });
  }

  /** Some servers want a session first, others know none and answer 404, 405 or 503. */
  async function openSession(): Promise<string | undefined> {
    const answer = await send("PUT", "/meta-data/latest/api/token", { "x-metadata-token-ttl-seconds": "21600" });
    const token = answer.status === 200 ? answer.body?.trim() : undefined;
    return token !== undefined && isToken(token) ? token : undefined;
  }

  async function ask() {
    sessionToken ??= await openSession();
    const headers: Record<string, string> = sessionToken === undefined ? {} : { "x-metadata-token": sessionToken };
    return send("GET", "/openstack/latest/securitykey", headers);
  }

  async function obtain(): Promise<Lease<AccessKey>> {
    let answer = await ask();
    const hasNoAgency = () => answer.body?.includes("configure Cloud Service Agency") === true;
    if (answer.status === 401 && !hasNoAgency()) {
      // The session has ended.
      observer.failed(operation, "unauthorized");
      sessionToken = undefined;
      answer = await ask();
    }
    const { status, body = "" } = answer;
    if (status !== 200) {
      const reason = status === 401 ? "unauthorized" : status >= 500 ? "server_error" : "client_error";
      observer.failed(operation, reason);
      throw failure({
        reason,
        status,
        message: hasNoAgency()
          ? "this server has no agency; assign one with the right cbr:tasks:get to it in the ECS console"
          : `HTTP ${status} (${redact(body).slice(0, 80)})`,
      });
    }
    const lease = readKey(body);
    if (lease) return lease;
    observer.failed(operation, "bad_body");
    throw failure({ reason: "bad_body", status, message: "its answer holds no usable credential" });
  }

  function readKey(body: string): Lease<AccessKey> | undefined {
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch {
      return undefined;
    }
    const credential = isObject(answer) ? answer["credential"] : undefined;
    if (!isObject(credential)) return undefined;
    const { access, secret, securitytoken: securityToken, expires_at: end } = credential;
    if (![access, secret, securityToken].every((part) => typeof part === "string" && isToken(part))) {
      return undefined;
    }
    const expiresAt = typeof end === "string" ? parseTime(end) : undefined;
    const left = expiresAt === undefined ? undefined : since(clock.now(), expiresAt) / 1000;
    return {
      value: { access, secret, securityToken } as AccessKey,
      ...(expiresAt !== undefined && { expiresAt }),
      // With a clock that is off the rest of its life is unknown.
      ...(left !== undefined && left > 0 && { lifeMs: left }),
    };
  }

  const renewal = createRenewal({
    obtain,
    marginMs: (lifeMs) => (lifeMs > 2 * renewBeforeMs ? renewBeforeMs : tenth(lifeMs)),
    clock,
  });
  return {
    patience: patienceWithKeys,
    async credential() {
      const { value, generation } = await renewal.current();
      return signingCredential(value, generation, projectId, clock);
    },
    refused: (generation) => renewal.refused(generation),
    expiresAt: () => renewal.expiresAt(),
    pausedMs: () => renewal.pausedMs(),
  };
}
