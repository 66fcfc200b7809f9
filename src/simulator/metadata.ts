import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { type Cloud, respondTo } from "./cloud.ts";
import { type Answer, jsonAnswer, type SimulatorEnv } from "./exchange.ts";
import { apiTime } from "./tasks/values.ts";
import { remember } from "./tokens.ts";

const noErrorBody = () => undefined;

/** Answers as a server's metadata service does (`reference/cloud-access.md`, "A server's own agency"). */
export function metadataApp(cloud: Cloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  /** When each token ends. */
  const tokens = new Map<string, number>();
  app.put("/meta-data/latest/api/token", (c) =>
    respondTo("MetadataToken", c, cloud, noErrorBody, () =>
      giveToken(cloud, tokens, c.req.header("x-metadata-token-ttl-seconds")),
    ),
  );
  app.get("/openstack/latest/securitykey", (c) =>
    respondTo("GetSecurityKey", c, cloud, noErrorBody, () => giveKey(cloud, tokens, c.req.header("x-metadata-token"))),
  );
  return app;
}

function giveToken({ metadata, now }: Cloud, tokens: Map<string, number>, ttl = ""): Answer {
  if (!metadata) return plain(404, "No such resource");
  const seconds = /^\d+$/.test(ttl) ? Number(ttl) : 0;
  if (seconds < 1 || seconds > 21_600) return plain(400, "Bad X-Metadata-Token-Ttl-Seconds");
  const text = randomBytes(42).toString("base64url");
  remember(tokens, text, now() + seconds * 1000);
  return plain(200, text);
}

function giveKey({ metadata, access, now }: Cloud, tokens: ReadonlyMap<string, number>, token?: string): Answer {
  if (!metadata) return plain(404, "404 Not Found");
  const { requireToken = false, keySeconds = 86_400 } = metadata;
  const isRefused = token === undefined ? requireToken : now() >= (tokens.get(token) ?? 0);
  if (isRefused) return plain(401, "401 Unauthorized");
  const { access: key, secret, securityToken, expiresAtMs } = access.keys.issue(keySeconds);
  const credential = {
    access: key,
    secret,
    securitytoken: securityToken,
    expires_at: `${apiTime(expiresAtMs * 1000)}Z`,
  };
  return jsonAnswer({ credential });
}

function plain(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
