import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { type Answer, jsonAnswer } from "../answer.ts";
import { apiTime } from "../api-time.ts";
import { answerSide, type SideCloud } from "../side-operation.ts";
import type { KeyRing } from "../signature/key-ring.ts";
import type { SimulatorEnv } from "../wire-request.ts";
import type { MetadataOptions } from "./metadata-options.ts";

export interface MetadataCloud extends SideCloud {
  readonly keys: KeyRing;
  /** Undefined: there is no such service. */
  metadata(): MetadataOptions | undefined;
}

const textType = { "content-type": "text/plain; charset=utf-8" };
const route = { target: "metadata", errorBodyOf: () => undefined } as const;
const day = 86_400;
/** Tokens that are remembered; the oldest are forgotten first. */
const maxTokens = 1000;

/** Answers as a server's metadata service does (`reference/cloud-access.md`, "A server's own agency"). */
export function metadataApp(cloud: MetadataCloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  /** When each token ends. */
  const tokens = new Map<string, number>();
  app.put("/meta-data/latest/api/token", (c) =>
    answerSide(c, cloud, { ...route, operation: "MetadataToken" }, () =>
      giveToken(cloud, tokens, c.req.header("x-metadata-token-ttl-seconds")),
    ),
  );
  app.get("/openstack/latest/securitykey", (c) =>
    answerSide(c, cloud, { ...route, operation: "GetSecurityKey" }, () =>
      giveKey(cloud, tokens, c.req.header("x-metadata-token")),
    ),
  );
  return app;
}

function giveToken(cloud: MetadataCloud, tokens: Map<string, number>, ttl: string | undefined): Answer {
  const options = cloud.metadata();
  const { tokenRoute = true } = options ?? { tokenRoute: false };
  if (tokenRoute !== true) return plain(tokenRoute === false ? 404 : tokenRoute, "No such resource");
  const seconds = Number(ttl);
  if (!/^\d+$/.test(ttl ?? "") || seconds < 1 || seconds > 21_600)
    return plain(400, "Bad X-Metadata-Token-Ttl-Seconds");
  const text = randomBytes(42).toString("base64url");
  tokens.set(text, cloud.now() + seconds * 1000);
  for (const oldest of tokens.keys()) {
    if (tokens.size <= maxTokens) break;
    tokens.delete(oldest);
  }
  return plain(200, text);
}

function giveKey(cloud: MetadataCloud, tokens: ReadonlyMap<string, number>, token: string | undefined): Answer {
  const options = cloud.metadata();
  if (!options) return plain(404, "404 Not Found");
  const { requireToken = false, agency = true, keySeconds = day } = options;
  if (token === undefined ? requireToken : cloud.now() >= (tokens.get(token) ?? 0))
    return plain(401, "401 Unauthorized");
  if (!agency) return plain(401, "401 Unauthorized\nPlease configure Cloud Service Agency first\n");
  const { access, secret, securityToken, expiresAtMs } = cloud.keys.issue(keySeconds);
  return jsonAnswer({
    credential: { access, secret, securitytoken: securityToken, expires_at: `${apiTime(expiresAtMs * 1000)}Z` },
  });
}

const plain = (status: number, body: string): Answer => ({ status, headers: textType, body });
