import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { defined } from "../../../src/base/json.ts";
import { createSecret } from "../../../src/base/secret.ts";
import { createConnections } from "../../../src/cbr/transport/connections.ts";
import { createProxyWays } from "../../../src/cbr/transport/proxy-gate.ts";
import type { TlsConfig } from "../../../src/config/config.ts";
import { defaultToken, type SimulatorOptions } from "../../../src/simulator/simulator.ts";
import { start } from "../../simulator/start.ts";
import { createAuthority, type KeyAndCertificate } from "../../support/certificates.ts";
import { runningTask } from "../../support/cloud.ts";
import { connectProxy } from "../../support/connect-proxy.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth } from "../../support/logins.ts";
import { never } from "../../support/never.ts";
import { openProject, shiftedClock } from "../../support/project.ts";

const direct = createProxyWays(undefined, {}, systemClock).to(new URL("https://127.0.0.1"));
const openSimulator = (options: SimulatorOptions = {}) => start({ tasks: [runningTask("a")], ...options });

/** Files of `tls_config` in a folder of their own. */
function tlsOf(texts: { ca?: string; pair?: KeyAndCertificate }, more: Partial<TlsConfig> = {}): TlsConfig {
  const folder = mkdtempSync(join(tmpdir(), "cbr-tls-"));
  const put = (name: string, text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return defined({
    insecureSkipVerify: false,
    caFile: put("ca.pem", texts.ca),
    certFile: put("cert.pem", texts.pair?.cert),
    keyFile: put("key.pem", texts.pair?.key),
    ...more,
  });
}

/** @returns the address of a server that closes with the test */
async function listenTo(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("TLS", () => {
  const authority = createAuthority();
  const good = authority.issue({ names: ["127.0.0.1"] });
  const ofOtherName = authority.issue({ names: ["cbr.example.org"] });
  const expired = authority.issue({
    names: ["127.0.0.1"],
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2021-01-01T00:00:00Z"),
  });

  test.each([
    ["an unknown authority", good, undefined, /is signed by nobody who is trusted here; .*tls_config\.ca_file/],
    ["another host's name", ofOtherName, tlsOf({ ca: authority.ca }), /is for another host name; .*server_name/],
  ])("%s is refused, and not tried again", async (_, pair, tls, words) => {
    const { url, requests } = await openSimulator({ tls: pair });
    const { api, observer } = openProject({ endpoint: url, retries: 2, ...(tls && { tls }) });
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error.reason).toBe("tls");
    expect(error.message).toMatch(words);
    expect(observer.attempts).toEqual({ "ShowOpLog none": 1 });
    expect(requests()).toBe(0);
  });

  const old = { ...good, maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;

  test.each([
    [
      "speaks plain HTTP",
      async () => (await openSimulator()).url.replace("http:", "https:"),
      /^127\.0\.0\.1:\d+ answers without TLS, .*; check scheme and port of the endpoint \(\w+\)$/,
    ],
    [
      "knows old versions alone",
      () => listenTo(createServer(old)),
      / have no version of TLS in common; it must offer TLS 1\.2 or 1\.3 \(/,
    ],
  ])("a port that %s is named as such", async (_, open, words) => {
    const { api } = openProject({ endpoint: await open(), tls: tlsOf({ ca: authority.ca }) });
    const { reason, message } = await errorOf(api.showOperationLog("a", never));
    expect(reason).toBe("tls");
    expect(message).toMatch(words);
  });

  test.each([
    ["ca_file", good, tlsOf({ ca: authority.ca })],
    ["server_name", ofOtherName, tlsOf({ ca: authority.ca }, { serverName: "cbr.example.org" })],
    ["insecure_skip_verify", expired, tlsOf({}, { insecureSkipVerify: true })],
  ])("is trusted by %s", async (_, pair, tls) => {
    const { url } = await openSimulator({ tls: pair });
    const { api } = openProject({ endpoint: url, tls });
    expect((await api.showOperationLog("a", never)).status).toBe("running");
  });

  describe.each(["TLSv1.3", "TLSv1.2"] as const)("a server of %s that wants a certificate", (version) => {
    const wanting = { ...good, ca: authority.ca, requestCert: true, rejectUnauthorized: true, maxVersion: version };

    function openServer(): Promise<string> {
      return listenTo(createServer(wanting, (_, response) => response.end('{"operation_log":{"status":"success"}}')));
    }

    test("gets it", async () => {
      const pair = authority.issue({ names: ["exporter"] });
      const { api } = openProject({ endpoint: await openServer(), tls: tlsOf({ ca: authority.ca, pair }) });
      expect((await api.showOperationLog("a", never)).status).toBe("success");
    });

    test.each(["directly", "through a proxy"])("is told from one that breaks down: %s", async (how) => {
      const endpoint = await openServer();
      const proxy = await connectProxy({ to: Number(new URL(endpoint).port) });
      const { api, observer } = openProject({
        endpoint,
        retries: 3,
        tls: tlsOf({ ca: authority.ca }),
        ...(how === "through a proxy" && { proxy: { url: createSecret(proxy.url) } }),
      });
      const { reason, message } = await errorOf(api.showOperationLog("a", never));
      expect(reason).toBe("tls");
      expect(message).toMatch(/wants a client certificate.*cert_file and key_file of tls_config/);
      expect(observer.attempts).toEqual({ "ShowOpLog none": 1 });
    });
  });

  test("server_name is the name in CBR's certificate; IAM's has that of its own host", async () => {
    const cbr = await openSimulator({ tls: ofOtherName });
    const issueToken = createServer(good, (_, response) =>
      response.writeHead(201, { "x-subject-token": defaultToken }).end("{}"),
    );
    const tls = tlsOf({ ca: authority.ca }, { serverName: "cbr.example.org" });
    const project = { endpoint: cbr.url, auth: passwordAuth(), tls };
    const { api } = openProject({ ...project, iamEndpoint: await listenTo(issueToken) });
    expect((await api.showOperationLog("a", never)).status).toBe("running");
    const swapped = openProject({ ...project, iamEndpoint: cbr.url });
    expect(await errorOf(swapped.api.showOperationLog("a", never))).toMatchObject({
      reason: "tls",
      message: expect.stringContaining("is for another host name"),
    });
  });

  test("files that cannot be used are one line, and nothing is sent", async () => {
    const { url, requests } = await openSimulator({ tls: good });
    const { api, observer } = openProject({ endpoint: url, tls: tlsOf({}, { caFile: "/nowhere/ca.pem" }) });
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ reason: "tls", sent: false });
    expect(error.message).toMatch(/^tls_config: .+$/);
    expect(observer.attempts).toEqual({});
    expect(requests()).toBe(0);
  });
});

describe("files of tls_config that change while it runs", () => {
  const authority = createAuthority();
  const pair = authority.issue({ names: ["exporter"] });

  function watched(tls: TlsConfig) {
    const clock = shiftedClock();
    const connections = createConnections({ concurrency: 2, timeoutMs: 60_000, tls, clock });
    onTestFinished(() => connections.close());
    return {
      /** What is used once the files are looked at again. */
      next: () => {
        clock.shift(1_001);
        return connections.dispatcher(direct);
      },
    };
  }

  test("are read again; nothing changes while their content does not", async () => {
    const tls = tlsOf({ ca: authority.ca });
    const { next } = watched(tls);
    const first = await next();
    expect(await next()).toBe(first);
    writeFileSync(tls.caFile ?? "", authority.ca);
    expect(await next()).toBe(first);
    writeFileSync(tls.caFile ?? "", `${authority.ca}${createAuthority().ca}`);
    expect(await next()).not.toBe(first);
    expect((first as Agent).closed).toBe(true);
  });

  test("a bundle of which only a part has been written keeps what was read before", async () => {
    const tls = tlsOf({ ca: authority.ca });
    const { next } = watched(tls);
    const first = await next();
    const bundle = `${authority.ca}${createAuthority().ca}`;
    writeFileSync(tls.caFile ?? "", bundle.slice(0, -100));
    expect(await next()).toBe(first);
    writeFileSync(tls.caFile ?? "", bundle);
    expect(await next()).not.toBe(first);
  });

  test("half-replaced, missing or broken, keep what was read before; then the server sees the successor", async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer(
      { ...authority.issue({ names: ["127.0.0.1"] }), ca: authority.ca, requestCert: true, rejectUnauthorized: true },
      ({ socket }, response) => {
        seen.push((socket as TLSSocket).getPeerX509Certificate()?.subject);
        response.end("ok");
      },
    );
    const origin = await listenTo(server);
    const { certFile = "", keyFile = "", ...tls } = tlsOf({ ca: authority.ca, pair });
    const { next } = watched({ ...tls, certFile, keyFile });
    const other = authority.issue({ names: ["exporter-2"] });
    for (const change of [
      () => {},
      () => writeFileSync(certFile, other.cert),
      () => writeFileSync(keyFile, ""),
      () => rmSync(keyFile),
      () => writeFileSync(keyFile, other.key),
    ]) {
      change();
      const { statusCode, body } = await (await next()).request({ origin, path: "/", method: "GET" });
      await body.dump();
      expect(statusCode).toBe(200);
    }
    expect(seen).toEqual([...Array(4).fill("CN=exporter"), "CN=exporter-2"]);
  });
});

describe("the network", () => {
  test("a port that nobody listens on is told in one line that says what to check", async () => {
    const { api } = openProject({ endpoint: "http://127.0.0.1:9" });
    const { reason, message } = await errorOf(api.showOperationLog("a", never));
    expect(reason).toBe("network");
    expect(message).toMatch(/^127\.0\.0\.1:9 refused the connection; check /);
  });

  test("headers of up to 64 KiB are taken, longer ones are a failure", async () => {
    const open = async (tokenBytes: number) => {
      const { url } = await openSimulator({ tokenBytes });
      return openProject({ endpoint: url, iamEndpoint: url, auth: passwordAuth() }).api.showOperationLog("a", never);
    };
    expect((await open(20_480)).status).toBe("running");
    expect((await errorOf(open(80_000))).message).toMatch(/over 64 KiB/);
  });
});
