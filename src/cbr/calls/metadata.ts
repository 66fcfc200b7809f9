import { objectAt } from "../../base/json.ts";
import type { Micros } from "../../base/micros.ts";
import { isToken } from "../../base/patterns.ts";
import { redact } from "../answers/redact.ts";
import { parseTime } from "../answers/time.ts";
import { ApiError } from "../api-error.ts";
import type { Answer, Call, Reading, Requester } from "../transport/call.ts";

/** A temporary access key of the server's agency. */
export interface SecurityKey {
  readonly access: string;
  readonly secret: string;
  readonly securityToken: string;
  /** By the cloud's clock; undefined where the service does not say. */
  readonly expiresAt: Micros | undefined;
}

/** The metadata service of the server on which the exporter runs. */
export interface Metadata {
  /** `GET /openstack/latest/securitykey`, in a session where the service wants one. @throws {ApiError} | {Stopped} */
  securityKey(): Promise<SecurityKey>;
}

const noAgency =
  "metadata service: this server has no agency; assign one with the right cbr:tasks:get to it in the ECS console";

/** @param request sends to the service, directly; @param signal ends what is under way */
export function createMetadata(request: Requester, signal: AbortSignal): Metadata {
  let session: string | undefined;

  async function send<T>(call: Pick<Call<T>, "method" | "path" | "headers" | "read">): Promise<T> {
    const operation = "GetSecurityKey";
    try {
      return await request({ operation, success: "any", maxBody: 64 * 1024, signal, ...call });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== undefined) throw error;
      const { project, reason } = error;
      const message = `metadata service: ${error.message}; ecs_agency works only on a server of the cloud's own`;
      throw new ApiError({ project, operation, reason, message });
    }
  }

  /** Some servers want a session first, others know none and answer 404, 405 or 503. */
  const openSession = () =>
    send({
      method: "PUT",
      path: "/meta-data/latest/api/token",
      headers: { "x-metadata-token-ttl-seconds": "21600" },
      read({ status, text }): Reading<string | undefined> {
        const token = text.trim();
        return { value: status === 200 && isToken(token) ? token : undefined };
      },
    });

  async function ask(): Promise<SecurityKey> {
    session ??= await openSession();
    const headers = session === undefined ? {} : { "x-metadata-token": session };
    return send({ path: "/openstack/latest/securitykey", headers, read: readSecurityKey });
  }

  return {
    securityKey: () =>
      ask().catch((error: unknown) => {
        const hasSessionEnded = error instanceof ApiError && error.status === 401 && error.message !== noAgency;
        if (!hasSessionEnded) throw error;
        session = undefined;
        return ask();
      }),
  };
}

function readSecurityKey({ status, json, text }: Answer): Reading<SecurityKey> {
  if (status !== 200) {
    const reason = status === 401 ? "unauthorized" : status >= 500 ? "server_error" : "client_error";
    if (text.includes("configure Cloud Service Agency")) return { reason, unusable: noAgency };
    return { reason, unusable: `metadata service: HTTP ${status} (${redact(text).slice(0, 80)})` };
  }
  const { access, secret, securitytoken: securityToken, expires_at: end } = objectAt(json, "credential") ?? {};
  if (!isKeyPart(access) || !isKeyPart(secret) || !isKeyPart(securityToken)) {
    return { unusable: "metadata service: its answer holds no usable credential" };
  }
  return { value: { access, secret, securityToken, expiresAt: typeof end === "string" ? parseTime(end) : undefined } };
}

function isKeyPart(value: unknown): value is string {
  return typeof value === "string" && isToken(value);
}
