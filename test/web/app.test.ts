import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sources } from "../support/task-records.ts";
import { ask, raw, startWeb } from "./start.ts";

const routes = ["/metrics", "/", "/config", "/-/healthy", "/-/ready"] as const;

test.each<[string, number, string, RegExp]>([
  ["/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", /^# HELP cbr_task_config_info /],
  ["/", 200, "text/html; charset=UTF-8", /^<!doctype html>[\s\S]*1 task</],
  ["/config", 200, "text/plain; charset=UTF-8", /^projects: \[\]\n$/],
  ["/-/healthy", 200, "text/plain; charset=UTF-8", /^Healthy\n$/],
  ["/-/ready", 200, "text/plain; charset=UTF-8", /^Ready\n$/],
  ["/metrics?collect[]=x", 200, "text/plain; version=0.0.4; charset=utf-8", /cbr_task_status/],
  ["/-/ready?", 200, "text/plain; charset=UTF-8", /Ready/],
  ["/nope", 404, "text/plain; charset=UTF-8", /^Not found\n$/],
  ["/metrics/x", 404, "text/plain; charset=UTF-8", /Not found/],
  ["/METRICS", 404, "text/plain; charset=UTF-8", /Not found/],
  ["/-/", 404, "text/plain; charset=UTF-8", /Not found/],
  ["/%ff%00", 404, "text/plain; charset=UTF-8", /Not found/],
  ["//metrics", 404, "text/plain; charset=UTF-8", /Not found/],
])("GET %s answers %d", async (path, status, type, body) => {
  const { url } = await startWeb();
  const response = await fetch(url + path);
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")?.replace(/; */g, "; ")).toBe(type);
  expect(await response.text()).toMatch(body);
});

test("readiness turns; health does not", async () => {
  const { url, setReady } = await startWeb();
  setReady(false);
  const response = await fetch(`${url}/-/ready`);
  expect([response.status, await response.text()]).toEqual([503, "Not ready\n"]);
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  setReady(true);
  expect((await fetch(`${url}/-/ready`)).status).toBe(200);
});

test.each(routes.flatMap((path) => [[path, "identity"] as const, [path, "gzip"] as const]))(
  "HEAD %s, %s: the headers of GET, its length included, and no body",
  async (path, encoding) => {
    const web = await startWeb({ tasks: 50 });
    const [get, head] = await Promise.all(
      ["GET", "HEAD"].map((method) => ask(web, `${method} ${path}`, [`Accept-Encoding: ${encoding}`])),
    );
    expect(head?.status).toBe(get?.status);
    expect(head?.body).toHaveLength(0);
    const { date: _, ...headers } = head?.headers ?? {};
    expect(get?.headers).toMatchObject(headers);
    if (path === "/metrics") expect(headers["content-length"]).toBe(String(get?.body.length));
    else expect(Number(headers["content-length"] ?? get?.body.length)).toBe(get?.body.length);
  },
);

describe.each(["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])("%s", (method) => {
  test.each(routes)("%s is refused with what is allowed", async (path) => {
    const { url } = await startWeb();
    const response = await fetch(url + path, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect(await response.text()).toBe("Method not allowed\n");
    expect((await fetch(`${url}/nope`, { method })).status).toBe(404);
  });
});

describe("OPTIONS", () => {
  test.each(routes)("%s: 200, empty, what is allowed", async (path) => {
    const web = await startWeb();
    const old = `OPTIONS ${path} HTTP/1.0\r\n\r\n`;
    for (const answer of [await raw(web.listener.address, old), await ask(web, `OPTIONS ${path}`)]) {
      expect([answer.status, answer.headers["allow"], answer.body.length]).toEqual([200, "GET, HEAD, OPTIONS", 0]);
    }
  });

  test.each<[string, number, string]>([
    ["/-/ready", 503, "Not ready\n"],
    ["/metrics", 200, ""],
    ["/", 200, ""],
    ["/-/healthy", 200, ""],
    ["/nope", 404, "Not found\n"],
    ["/-/", 404, "Not found\n"],
    ["/metrics/x", 404, "Not found\n"],
  ])("%s while it is not ready: %d", async (path, status, body) => {
    const { url, setReady } = await startWeb();
    setReady(false);
    const response = await fetch(url + path, { method: "OPTIONS" });
    expect([response.status, await response.text()]).toEqual([status, body]);
    expect(response.headers.get("allow")).toBe(status === 404 ? null : "GET, HEAD, OPTIONS");
  });
});

test.each([
  ["GET /nope", 404],
  ["PUT /", 405],
  ["OPTIONS /-/ready", 503],
  ["GET /-/ready", 503],
  ["GET /metrics", 500],
  ["GET /\\metrics", 400],
])("%s: %d in one line of text, and what is wrong inside is told to the log alone", async (line, expected) => {
  const web = await startWeb({ exposition: { body: () => Promise.reject(new Error("the secret inside")) } });
  web.setReady(false);
  const { status, headers, body } = await ask(web, line);
  expect(status).toBe(expected);
  expect(headers["content-type"]?.toLowerCase().replace(/ /g, "")).toBe("text/plain;charset=utf-8");
  expect(body.toString()).toMatch(/^[^\n]+\n$/);
  const isInside = expected === 500;
  if (isInside) expect(body.toString()).toBe("Internal error\n");
  expect(web.errors.map(({ message }) => message)).toEqual(isInside ? ["the secret inside"] : []);
  expect((await fetch(`${web.url}/-/healthy`)).status).toBe(200);
});

test("a body that comes with a refused request does no harm", async () => {
  const { url } = await startWeb();
  const response = await fetch(`${url}/metrics`, { method: "POST", body: "x".repeat(1_000_000) });
  expect(response.status).toBe(405);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
});

test.each([
  "TRACE / HTTP/1.1",
  "CONNECT /metrics HTTP/1.1",
  "GET /\\metrics HTTP/1.1",
  "GET metrics HTTP/1.1",
  "nonsense",
])("%s is survived", async (line) => {
  const web = await startWeb();
  const { status } = await raw(web.listener.address, `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
  // CONNECT is cut without an answer.
  expect(status === 0 || Number.isNaN(status) || (status >= 400 && status < 500)).toBe(true);
  expect((await fetch(`${web.url}/metrics`)).status).toBe(200);
});

describe("route prefix and telemetry path", () => {
  test("/cbr/ and /my/metrics: everything below, nothing elsewhere", async () => {
    const { url } = await startWeb({ routePrefix: "/cbr/", telemetryPath: "/my/metrics" });
    for (const path of ["/cbr/", "/cbr/my/metrics", "/cbr/-/healthy", "/cbr/-/ready"]) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
      expect([path, (await fetch(url + path, { method: "POST" })).status]).toEqual([path, 405]);
      expect([path, (await fetch(url + path, { method: "OPTIONS" })).status]).toEqual([path, 200]);
    }
    for (const path of [
      "/",
      "/metrics",
      "/my/metrics",
      "/-/healthy",
      "/-/ready",
      "/cbr/metrics",
      "/cbr/cbr/",
      "/cbrx",
    ]) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    }
    expect(await (await fetch(`${url}/cbr/`)).text()).toContain('<a href="my/metrics">');
  });

  test("a prefix without its slash leads to the page", async () => {
    const { url } = await startWeb({ routePrefix: "/cbr/" });
    const response = await fetch(`${url}/cbr`, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/cbr/"]);
    expect((await fetch(`${url}/cbr`)).status).toBe(200);
  });
});

describe("what a scrape gets", () => {
  test("OpenMetrics when that is preferred", async () => {
    const { url } = await startWeb();
    const response = await fetch(`${url}/metrics`, {
      headers: { accept: "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.3" },
    });
    expect(response.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(await response.text()).toMatch(/\n# EOF\n$/);
  });

  test("gzip that fetch decodes to the same text", async () => {
    const { url } = await startWeb({ tasks: 100 });
    const zipped = await fetch(`${url}/metrics`, { headers: { "accept-encoding": "gzip" } });
    const plain = await fetch(`${url}/metrics`, { headers: { "accept-encoding": "identity" } });
    expect([zipped.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
    expect(zipped.headers.get("vary")).toBe("Accept, Accept-Encoding");
    expect(await zipped.text()).toBe(await plain.text());
  });

  test("gzip in one member, as plain sockets see it", async () => {
    const { headers, body } = await ask(await startWeb(), "GET /metrics", ["Accept-Encoding: gzip"]);
    expect(headers["content-encoding"]).toBe("gzip");
    expect(headers["transfer-encoding"]).toBeUndefined();
    expect(gunzipSync(body).toString("utf8")).toMatch(/^# HELP /);
  });

  test("a task that leaves is gone from the next one", async () => {
    const { url, store } = await startWeb({ tasks: 2 });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('task_id="t1"');
    store.setSources(sources({ nightly: [] }));
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain("task_id=");
  });
});

test.each<[string, string]>([
  ["garbage in Accept", `Host: x\r\nAccept: ;;,\\"q=`],
  ["a very long Accept", `Host: x\r\nAccept: ${"text/html,".repeat(1_400)}`],
  ["Accept three times", "Host: x\r\nAccept: a/b\r\nAccept: text/plain;q=0\r\nAccept: ,"],
  ["nothing is acceptable", "Host: x\r\nAccept: image/png\r\nAccept-Encoding: *;q=0"],
  ["bytes beyond ASCII", "Host: x\r\nAccept: \u00e9\u00ff\r\nX-Y: \u00fc"],
  ["a range", "Host: x\r\nRange: bytes=0-1"],
  ["a condition", "Host: x\r\nIf-None-Match: *\r\nIf-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT"],
  [
    "an upgrade, as of curl --http2",
    "Host: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\nConnection: close, Upgrade, HTTP2-Settings",
  ],
  ["an upgrade to a websocket", "Host: x\r\nUpgrade: websocket\r\nConnection: close, Upgrade"],
  ["a body", "Host: x\r\nContent-Length: 0"],
  ["credentials that nobody asked for", "Host: x\r\nAuthorization: Basic ???"],
  ["a host with port 80", "Host: exporter:80"],
  ["a host in capitals", "Host: EXPORTER.Example.COM:10035"],
  ["a host of IPv6", "Host: [::1]:10035"],
  ["a host of IPv6 in another form", "Host: [2001:DB8::0001]:10035"],
  ["a host of IPv4 within IPv6", "Host: [::ffff:127.0.0.1]:10035"],
  ["a host that is none", "Host: a b"],
  ["an empty host", "Host:"],
  ["Prometheus's scrape timeout", "Host: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 0.001"],
])("a scrape never fails for its headers: %s", async (_, headers) => {
  const { listener } = await startWeb();
  const connection = headers.includes("Connection:") ? "" : "Connection: close\r\n";
  const request = `GET /metrics HTTP/1.1\r\n${headers}\r\n${connection}\r\n`;
  const { status, body } = await raw(listener.address, Buffer.from(request, "latin1"));
  expect(status).toBe(200);
  expect(body.toString()).toMatch(/^# HELP cbr_task_config_info /);
});

test("pages say that nothing may be loaded, framed or sniffed", async () => {
  const { url } = await startWeb();
  const { headers } = await fetch(`${url}/`);
  expect(headers.get("content-security-policy")).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("strict-transport-security")).toBeNull();
  expect((await fetch(`${url}/metrics`)).headers.get("x-content-type-options")).toBe("nosniff");
});

describe("/-/reload", () => {
  const reload = async () => ({ ok: true }) as const;

  test.each(["POST", "PUT"])("%s is refused unless it is allowed, and says how", async (method) => {
    const { url } = await startWeb();
    const response = await fetch(`${url}/-/reload`, { method });
    expect([response.status, await response.text()]).toEqual([
      403,
      "Not allowed; start the exporter with --web.enable-lifecycle\n",
    ]);
  });

  test.each(["POST", "PUT"])("%s reloads, or says all that is wrong", async (method) => {
    const good = await startWeb({ reload });
    const answer = await fetch(`${good.url}/-/reload`, { method });
    expect([answer.status, await answer.text()]).toEqual([200, "Reloaded\n"]);
    const bad = await startWeb({ reload: async () => ({ ok: false, problems: ["a:1:1: one", "a:2:1: two"] }) });
    const refusal = await fetch(`${bad.url}/-/reload`, { method });
    expect([refusal.status, await refusal.text()]).toEqual([
      500,
      "Not reloaded, the configuration before stays in force:\na:1:1: one\na:2:1: two\n",
    ]);
  });

  test.each([
    ["GET", 405],
    ["HEAD", 405],
    ["DELETE", 405],
    ["OPTIONS", 200],
  ])("%s answers %d, and what is allowed", async (method, status) => {
    const { url } = await startWeb({ reload, routePrefix: "/cbr/" });
    const response = await fetch(`${url}/cbr/-/reload`, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([status, "POST, PUT, OPTIONS"]);
  });
});
