import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { isExempt, proxyFor } from "../../src/cbr/transport/proxy.ts";
import { noProxyCases } from "../support/no-proxy-cases.ts";
import { tool } from "./tools.ts";

/** How often each was asked. */
const asked = { proxy: 0, host: 0 };
const servers: Server[] = [];
let proxyPort = 0;
let hostPort = 0;

async function listen(name: keyof typeof asked): Promise<number> {
  const server = createServer((_, response) => {
    asked[name] += 1;
    response.end();
  });
  server.on("connect", (_, socket) => {
    asked[name] += 1;
    socket.end("HTTP/1.1 503 No\r\n\r\n");
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  [proxyPort, hostPort] = [await listen("proxy"), await listen("host")];
});
afterAll(() => {
  for (const server of servers) server.close();
});
beforeEach(() => void Object.assign(asked, { proxy: 0, host: 0 }));

/** Has curl ask for a URL, whose host is our own one whatever its name. @returns whom it asked */
async function curl(url: string, env: Record<string, string>): Promise<"proxy" | "host" | "nobody"> {
  const args = ["--silent", "--max-time", "10", "--output", "/dev/null"];
  const toUs = ["--connect-to", `::127.0.0.1:${hostPort}`];
  // The status of the proxy's answer is an error to curl.
  await promisify(execFile)(tool("curl"), [...args, ...toUs, url], { env }).catch(() => {});
  const whom = asked.proxy > 0 ? "proxy" : asked.host > 0 ? "host" : "nobody";
  Object.assign(asked, { proxy: 0, host: 0 });
  return whom;
}

test("curl and the exporter read NO_PROXY alike, but for what only Go knows", async () => {
  const expected: string[] = [];
  const got: string[] = [];
  for (const { noProxy, host, direct, curl: agrees } of noProxyCases) {
    const whom = await curl(`http://${host}/`, { http_proxy: `http://127.0.0.1:${proxyPort}`, NO_PROXY: noProxy });
    const line = `NO_PROXY=${noProxy} ${host}: `;
    expected.push(line + (direct === agrees ? "host" : "proxy"));
    got.push(line + whom);
  }
  expect(got).toEqual(expected);
});

test.each([
  ["no_proxy comes first", { NO_PROXY: "*", no_proxy: "b.test" }],
  ["an empty no_proxy is none", { NO_PROXY: "*", no_proxy: "" }],
  ["HTTPS_PROXY is not for http", { http_proxy: "", HTTPS_PROXY: "http://PROXY", https_proxy: "http://PROXY" }],
  ["a proxy needs no scheme", { http_proxy: "PROXY" }],
])("curl agrees that %s", async (_, variables) => {
  const entries = Object.entries({ http_proxy: "http://PROXY", ...variables });
  const env = Object.fromEntries(
    entries.map(([name, text]) => [name, text.replace("PROXY", `127.0.0.1:${proxyPort}`)]),
  );
  expect(await curl("http://a.test/", env)).toBe(proxyFor(new URL("http://a.test/"), env) ? "proxy" : "host");
});

test("curl agrees that HTTP_PROXY is not for https", async () => {
  const env = { http_proxy: `http://127.0.0.1:${proxyPort}` };
  expect(proxyFor(new URL("https://a.test/"), env)).toBeUndefined();
  await curl("https://a.test/", env);
  expect(asked.proxy).toBe(0);
});

test("whatever host curl asks directly, the exporter does", async () => {
  const label = fc.constantFrom("a", "b", "test", "localhost");
  const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
  const address = fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => `127.0.${a}.${b}`);
  const block = fc.tuple(address, fc.integer({ min: 8, max: 33 })).map(([start, bits]) => `${start}/${bits}`);
  const entry = fc.oneof(
    name,
    name.map((text) => `.${text}`),
    name.map((text) => `${text}.`),
    address,
    block,
  );
  const list = fc.array(entry, { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(name, address), list, fc.constantFrom(",", " ", ", "), async (host, entries, comma) => {
      const noProxy = entries.join(comma);
      const whom = await curl(`http://${host}/`, { http_proxy: `http://127.0.0.1:${proxyPort}`, NO_PROXY: noProxy });
      expect(whom).toBe(isExempt(new URL(`http://${host}/`), noProxy) ? "host" : "proxy");
    }),
    { numRuns: 100 },
  );
});
