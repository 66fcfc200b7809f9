import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createSecret } from "../../../src/base/secret.ts";
import type { ProjectApi } from "../../../src/cbr/project-api.ts";
import type { Simulator, SimulatorOptions } from "../../../src/simulator/simulator.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { start } from "../../simulator/start.ts";
import { createAuthority } from "../../support/certificates.ts";
import { runningTask } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import {
  type ConnectProxy,
  type ConnectProxyOptions,
  connectProxy,
  type ProxyManner,
} from "../../support/connect-proxy.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth } from "../../support/logins.ts";
import { never } from "../../support/never.ts";
import { type OpenProjectOptions, openProject, shiftedClock } from "../../support/project.ts";
import type { RecordedObserver } from "../../support/recorded-observer.ts";

/** Names that nobody resolves but the proxy: what arrives has come through it. */
const cloudHost = "cbr.cloud.test";
const iamHost = "iam.cloud.test";

const authority = createAuthority();
const cloudTls = authority.issue({ names: [cloudHost, iamHost, "127.0.0.1", "localhost"] });
const proxyTls = authority.issue({ names: ["127.0.0.1"] });

interface Way {
  readonly simulator: Simulator;
  readonly proxy: ConnectProxy;
  readonly caFile: string;
  /** The API of a project that has this of its own. */
  api(part: ProjectPart, options?: OpenProjectOptions): ProjectApi & { readonly observer: RecordedObserver };
}

/** A cloud behind a proxy. */
async function way(
  proxyOptions: Omit<ConnectProxyOptions, "to"> = {},
  simulatorOptions: SimulatorOptions = { tls: cloudTls },
): Promise<Way> {
  const simulator = await start({ tasks: [runningTask("a"), runningTask("b")], ...simulatorOptions });
  const proxy = await connectProxy({ to: simulator.port, ...proxyOptions });
  const caFile = join(await tempFolder({ "ca.pem": authority.ca }), "ca.pem");
  return {
    simulator,
    proxy,
    caFile,
    api(part, options) {
      const tls = { caFile, insecureSkipVerify: false };
      const { api, observer } = openProject({ endpoint: `https://${cloudHost}`, tls, ...part }, options);
      return { ...api, observer };
    },
  };
}

const via = (url: string): ProjectPart => ({ proxy: { url: createSecret(url) } });
const withCredentials = ({ url }: ConnectProxy, credentials: string): string => url.replace("//", `//${credentials}@`);

test.each([
  ["http", `https://${cloudHost}`, ":443"],
  ["https", `https://${cloudHost}`, ":443"],
  ["http", `http://${cloudHost}`, ":80"],
  ["https", `http://${cloudHost}`, ":80"],
  ["http", `https://${cloudHost}:8443`, ":8443"],
])("every request goes by an %s proxy to %s, until the API ends", async (proxyScheme, endpoint, port) => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown): void => void warnings.push(warning);
  process.on("warning", onWarning);
  onTestFinished(() => void process.off("warning", onWarning));
  const { simulator, proxy, api } = await way(
    proxyScheme === "https" ? { tls: proxyTls } : {},
    endpoint.startsWith("https") ? { tls: cloudTls } : {},
  );
  // Files that were just written would be read again, and connections made anew.
  const tls = { insecureSkipVerify: true };
  const { showOperationLog, listOperationLogs, observer, close } = api({ ...via(proxy.url), endpoint, tls });
  for (const id of ["a", "b", "a"]) expect((await showOperationLog(id, never)).id).toBe(id);
  await listOperationLogs({ limit: 1, offset: 0 }, never);
  expect(observer.codes).toEqual({ 200: 4 });
  expect(simulator.requests()).toBe(3);
  // A second may be opened while the first is not yet known to be free; never one for each request.
  expect(proxy.asked.length).toBeLessThanOrEqual(2);
  expect(new Set(proxy.asked)).toEqual(new Set([`${cloudHost}${port}`]));
  expect(new Set(proxy.credentials)).toEqual(new Set([""]));
  expect(proxy.others).toEqual([]);
  // Such as Node's about a TLS server name that is an address.
  expect(warnings).toEqual([]);
  expect(proxy.open()).toBeGreaterThan(0);
  await close();
  await expect.poll(() => proxy.open()).toBe(0);
});

test.each([
  ["user:hunter2", "user:hunter2"],
  ["us%40er:p%3A%2F%25%20%C3%A4", "us@er:p:/% ä"],
  ["user", "user:"],
  [":hunter2", ":hunter2"],
])("the credentials %s in proxy_url are sent as %s", async (written, meant) => {
  for (const tls of [undefined, proxyTls]) {
    const { simulator, proxy, api } = await way({ credentials: meant, ...(tls && { tls }) });
    await api(via(withCredentials(proxy, written))).showOperationLog("a", never);
    expect(proxy.credentials).toEqual([meant]);
    expect(simulator.requests()).toBe(1);
  }
});

describe("a proxy that fails is named, in one line", () => {
  test.each<[string, ProxyManner, RegExp]>([
    ["answers 502", 502, /^the proxy answers HTTP 502 instead of connecting to cbr\.cloud\.test; check proxy_url/],
    ["answers garbage", "garbage", /^the proxy gave no usable HTTP answer \((?:HPE_\w+|no code)\); check proxy_url/],
    ["hangs up", "hang up", /^the proxy closed the connection without an answer; check proxy_url/],
    ["opens the tunnel and closes it at once", "open and hang up", /^cbr\.cloud\.test closed the connection before/],
  ])("one that %s", async (_, manner, words) => {
    const { simulator, proxy, api } = await way();
    proxy.manner = manner;
    const { showOperationLog, observer } = api(via(withCredentials(proxy, "user:Zq7secret")));
    const { reason, message } = await errorOf(showOperationLog("a", never));
    expect(reason).toBe("network");
    expect(message).toMatch(words);
    expect(message).not.toMatch(/Zq7|127\.0\.0\.1|\n/);
    expect(observer).toMatchObject({ codes: { none: 1 }, reasons: { network: 1 } });
    expect(proxy.asked).toHaveLength(1);
    expect(simulator.requests()).toBe(0);
    // It gets better.
    proxy.manner = "open";
    await showOperationLog("a", never);
  });

  test.each([
    ["is down", () => "http://user:Zq7@127.0.0.1:9", "network", /^the proxy refused the connection; check proxy_url/],
    [
      "speaks no TLS where https:// stands",
      (proxy: ConnectProxy) => withCredentials(proxy, "user:Zq7").replace("http:", "https:"),
      "tls",
      /^the proxy answers without TLS, .*; check scheme and port of proxy_url/,
    ],
  ])("one that %s", async (_, url, reason, words) => {
    const { api, proxy } = await way();
    const error = await errorOf(api(via(url(proxy))).showOperationLog("a", never));
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(words);
    expect(error.message).not.toMatch(/Zq7|127\.0\.0\.1|cloud\.test/);
    expect(proxy.asked).toEqual([]);
  });

  test("one that hangs costs the attempt's timeout, and no more once it is well again", async () => {
    const { proxy, api } = await way();
    proxy.manner = "hang";
    const { showOperationLog, observer } = api({ ...via(proxy.url), timeoutMs: 300, concurrency: 1 });
    const { reason, message } = await errorOf(showOperationLog("a", never));
    expect({ reason, message }).toEqual({
      reason: "timeout",
      message: "no whole answer within 0.3 s; where that is usual, raise timeout",
    });
    expect(observer).toMatchObject({ codes: { none: 1 }, reasons: { timeout: 1 } });
    proxy.manner = "open";
    // The tunnel that was asked for in vain is given up, too, so that the only place of the pool is free.
    await expect.poll(() => showOperationLog("a", never).then(({ id }) => id, String)).toBe("a");
  });
});

describe("TLS through a proxy", () => {
  test("a wrong host name is refused, and accepted with server_name", async () => {
    const { simulator, proxy, caFile, api } = await way();
    const endpoint = "https://other.cloud.test";
    const { reason, message } = await errorOf(api({ ...via(proxy.url), endpoint }).showOperationLog("a", never));
    expect({ reason, message }).toEqual({
      reason: "tls",
      message: expect.stringContaining("is for another host name; check the endpoint, and tls_config.server_name"),
    });
    expect(simulator.requests()).toBe(0);
    const tls = { caFile, serverName: cloudHost, insecureSkipVerify: false };
    // The proxy's own certificate is not for that name.
    const secure = await connectProxy({ to: simulator.port, tls: proxyTls });
    for (const { url } of [proxy, secure]) {
      await api({ ...via(url), endpoint, tls }).showOperationLog("a", never);
    }
    expect(simulator.requests()).toBe(2);
  });

  test.each([
    ["an unknown authority", createAuthority().issue({ names: ["127.0.0.1"] }), "is signed by nobody who is trusted"],
    ["another name", authority.issue({ names: ["proxy.test"] }), "is for another host name; check proxy_url"],
  ])("a proxy whose certificate is of %s is refused", async (_, tls, words) => {
    const { simulator, proxy, api } = await way({ tls });
    const { showOperationLog, observer } = api({ ...via(withCredentials(proxy, "user:hunter2")), retries: 2 });
    const { reason, message } = await errorOf(showOperationLog("a", never));
    expect(reason).toBe("tls");
    expect(message).toContain(`the certificate of the proxy ${words}`);
    // Not retried, and nothing was told.
    expect(observer.codes).toEqual({ none: 1 });
    expect(proxy.asked).toEqual([]);
    expect(simulator.requests()).toBe(0);
  });

  test("insecure_skip_verify covers both", async () => {
    const { proxy, api } = await way({ tls: createAuthority().issue({ names: ["proxy.test"] }) });
    const tls = { insecureSkipVerify: true };
    const { showOperationLog } = api({ ...via(proxy.url), endpoint: "https://other.cloud.test", tls });
    expect((await showOperationLog("a", never)).id).toBe("a");
  });
});

describe("proxy_from_environment", () => {
  const fromEnvironment: ProjectPart = { proxy: { fromEnvironment: true } };

  test("each host is asked through the proxy that the environment names for it, or directly", async () => {
    const { simulator, proxy, api } = await way({ credentials: "us@er:hunter2" });
    const { showOperationLog, observer } = api(
      { ...fromEnvironment, iamEndpoint: `https://${iamHost}`, endpoint: simulator.url, auth: passwordAuth() },
      {
        env: {
          HTTPS_PROXY: withCredentials(proxy, "us%40er:hunter2").replace("http://", ""),
          NO_PROXY: "127.0.0.0/8",
        },
      },
    );
    await showOperationLog("a", never);
    expect(observer.attempts).toEqual({ "KeystoneCreateToken 201": 1, "ShowOpLog 200": 1 });
    expect(proxy.asked).toEqual([`${iamHost}:443`]);
  });

  test("the environment is the one that was passed in, and only when it is asked for", async () => {
    const { simulator, proxy, api } = await way();
    for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]) vi.stubEnv(name, proxy.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const direct = { endpoint: simulator.url };
    await api({ ...direct, ...fromEnvironment }).showOperationLog("a", never);
    await api(direct, { env: { HTTPS_PROXY: proxy.url } }).showOperationLog("a", never);
    vi.unstubAllEnvs();
    vi.stubEnv("NO_PROXY", "*");
    vi.stubEnv("no_proxy", "*");
    expect(proxy.asked).toEqual([]);
    await api(fromEnvironment, { env: { HTTPS_PROXY: proxy.url } }).showOperationLog("a", never);
    expect(proxy.asked).toHaveLength(1);
    expect(simulator.requests()).toBe(3);
  });
});

test("the metadata service of ecs_agency is never asked through the proxy", async () => {
  const { simulator, proxy, api } = await way({}, { metadata: {} });
  const { showOperationLog, observer } = api({
    ...via(proxy.url),
    endpoint: `http://${cloudHost}`,
    auth: { method: "ecs_agency", endpoint: simulator.url },
  });
  await showOperationLog("a", never);
  expect(observer.attempts).toEqual({ "GetSecurityKey 200": 2, "ShowOpLog 200": 1 });
  expect(simulator.requestsOf("GetSecurityKey")).toBe(1);
  expect(proxy.asked).toEqual([`${cloudHost}:80`]);
});

test("files of tls_config are rotated without a failed poll, also of those that wait for their turn", async () => {
  const { proxy, simulator, api } = await way({ tls: proxyTls });
  const caFile = join(await tempFolder(), "ca.pem");
  const clock = shiftedClock();
  const tls = { caFile, insecureSkipVerify: false };
  const { showOperationLog, observer } = api({ ...via(proxy.url), tls, concurrency: 1 }, { clock });
  const asked: Promise<unknown>[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await writeFile(caFile, `${authority.ca}${createAuthority().ca}`.slice(0, turn === 2 ? 0 : undefined));
    clock.shift(1_001);
    const first = asked.length;
    asked.push(...["a", "b", "a", "b"].map((id) => showOperationLog(id, never)));
    await asked[first];
  }
  await Promise.all(asked);
  expect(observer).toMatchObject({ codes: { 200: 16 }, reasons: {} });
  expect(simulator.requests()).toBe(16);
  // Those that were replaced do not stay open.
  await expect.poll(() => proxy.open()).toBeLessThanOrEqual(1);
});
