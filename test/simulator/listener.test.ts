import { once } from "node:events";
import { type RequestOptions, request } from "node:https";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/vendor-example.ts";
import { createAuthority } from "../support/certificates.ts";
import { start } from "./start.ts";

const authority = createAuthority();
const tls = authority.issue({ names: ["127.0.0.1"] });

/** @returns the status, or the code of the error */
function get(url: string, options: RequestOptions = {}): Promise<number | string> {
  return new Promise((resolve) => {
    request(url, { ca: authority.ca, agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

test("with a key and a certificate it talks HTTPS, big tokens and broken connections included", async () => {
  const token = "x".repeat(20 * 1024);
  const simulator = await start({ tls, token });
  expect(simulator.url).toBe(`https://127.0.0.1:${simulator.port}`);
  const url = `${simulator.url}/v3/${vendorProjectId}/operation-logs/${vendorExample.id}`;
  const headers = { "X-Auth-Token": token };
  expect(await get(url, { headers })).toBe(200);
  expect(await get(url, { headers, ca: createAuthority().ca })).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  simulator.setFault("*", { kind: "cut" });
  expect(await get(url, { headers })).toBe("ECONNRESET");
});

test("a handshake that does not go on does not hold the end up", async () => {
  const simulator = await startSimulator({ tls });
  const socket = connect(simulator.port, "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  expect(await get(simulator.url)).toBe(200); // so the server has taken the socket before
  await simulator.close();
});

test("a key that is none rejects", async () => {
  await expect(startSimulator({ tls: { ...tls, key: "x" } })).rejects.toThrow();
});
