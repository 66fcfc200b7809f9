import { createHash } from "node:crypto";
import { Hono } from "hono";
import { Agent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { akSkLogin } from "../../../src/cbr/auth/ak-sk-login.ts";
import type { Call } from "../../../src/cbr/transport/call.ts";
import { createGate } from "../../../src/cbr/transport/gate.ts";
import { createLoginGate } from "../../../src/cbr/transport/login-gate.ts";
import { createProxyWays } from "../../../src/cbr/transport/proxy-gate.ts";
import { createRequester } from "../../../src/cbr/transport/requester.ts";
import { type SimulatorEnv, wireRequest } from "../../../src/simulator/exchange.ts";
import { listen } from "../../../src/simulator/listener.ts";
import { keyRing } from "../../../src/simulator/signature.ts";
import { keyAuth } from "../../support/logins.ts";
import { never } from "../../support/never.ts";
import { recordedObserver } from "../../support/recorded-observer.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A server behind a gateway that checks signatures, and answers with what was wrong with one. */
async function signedServer(): Promise<string> {
  const app = new Hono<SimulatorEnv>();
  const keys = keyRing([{ access: "DEMOACCESSKEY", secret: "demo-secret-key" }], Date.now);
  app.all("*", async (c) => {
    const request = await wireRequest(c);
    const { method, target, headers, bodySha256 } = request;
    const verdict = keys.check(request, ["x-project-id"]) ?? "is signed rightly";
    return c.json([method, target, headers["content-type"], bodySha256 ?? sha256(""), verdict]);
  });
  const { url, close } = await listen({ fetch: app.fetch as Parameters<typeof listen>[0]["fetch"], host: "", port: 0 });
  onTestFinished(close);
  return url;
}

test.each<[string, Pick<Call<unknown>, "method" | "body">, string | undefined]>([
  ["GET", {}, undefined],
  ["GET", { body: {} }, "{}"],
  ["POST", { method: "POST" }, undefined],
  ["POST", { method: "POST", body: { name: "ü", tags: ["a b"] } }, '{"name":"ü","tags":["a b"]}'],
  ["PUT", { method: "PUT", body: { policy: {} } }, '{"policy":{}}'],
])("a login signs what is sent, which is what the call names: %s %j", async (method, sent, body) => {
  const url = await signedServer();
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const request = createRequester({
    project: "prod",
    endpoint: url,
    projectId: "p-1",
    limits: { timeoutMs: 5_000, retries: 0 },
    proxies: createProxyWays(undefined, {}, systemClock),
    connections: { dispatcher: async () => dispatcher },
    gate: createGate({ rateLimit: 1000, concurrency: 1 }, systemClock),
    login: createLoginGate(akSkLogin(keyAuth(), "p-1", systemClock), systemClock),
    clock: systemClock,
    random: () => 0,
    observer: recordedObserver(),
    stopping: never,
  });
  const answer = await request({
    operation: "ShowOpLog",
    ...sent,
    path: "/v3/{project_id}/x",
    query: { b: "2", a: "1 & ä" },
    signal: never,
    read: ({ json }) => ({ value: json }),
  });
  const type = body === undefined ? null : "application/json";
  expect(answer).toEqual([method, "/v3/p-1/x?b=2&a=1%20%26%20%C3%A4", type, sha256(body ?? ""), "is signed rightly"]);
});
