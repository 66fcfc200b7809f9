import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createSecret } from "../../src/base/secret.ts";
import { createAuthority, type KeyAndCertificate } from "../support/certificates.ts";
import { errorOf } from "../support/error-of.ts";
import { never } from "../support/never.ts";
import { openProject } from "../support/project.ts";
import { freePort, startServer } from "./server-process.ts";

const authority = createAuthority();
const stranger = createAuthority();

/** Files of a server, and of those who ask it. */
function files() {
  const folder = mkdtempSync(join(tmpdir(), "cbr-e2e-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { key, cert } = authority.issue({ names: ["127.0.0.1"] });
  return { folder, put, caFile: put("ca.pem", authority.ca), key: put("key.pem", key), cert: put("cert.pem", cert) };
}

/** What the exporter says about a server, as a client with or without a certificate. */
async function said(port: number, { put, caFile }: ReturnType<typeof files>, pair?: KeyAndCertificate, token = "t") {
  const { api, observer } = openProject({
    endpoint: `https://127.0.0.1:${port}`,
    retries: 3,
    auth: { method: "token", token: createSecret(token) },
    tls: {
      caFile,
      insecureSkipVerify: false,
      ...(pair && { certFile: put("client.pem", pair.cert), keyFile: put("client-key.pem", pair.key) }),
    },
  });
  const { reason, message } = await errorOf(api.showOperationLog("a", never));
  // None of this gets better by asking again.
  expect(Object.values(observer.attempts)).toEqual([1]);
  return { reason, message };
}

describe.each(["-tls1_3", "-tls1_2"])("openssl s_server %s that wants a client certificate", (version) => {
  async function open(own: ReturnType<typeof files>): Promise<number> {
    const port = await freePort();
    const { key, cert, caFile } = own;
    const verify = ["-CAfile", caFile, "-Verify", "1", "-verify_return_error"];
    const args = ["s_server", "-accept", `127.0.0.1:${port}`, version, "-key", key, "-cert", cert, ...verify, "-www"];
    await startServer("openssl", args, port);
    return port;
  }

  test("and gets none", async () => {
    const own = files();
    expect(await said(await open(own), own)).toEqual({
      reason: "tls",
      message: expect.stringMatching(
        /^127\.0\.0\.1:\d+ .*wants a client certificate.*cert_file and key_file of tls_config/,
      ),
    });
  });

  test("and gets one of an authority that it does not know", async () => {
    const own = files();
    expect(await said(await open(own), own, stranger.issue({ names: ["exporter"] }))).toEqual({
      reason: "tls",
      message: expect.stringMatching(
        /^127\.0\.0\.1:\d+ does not accept the client certificate, .* check cert_file and key/,
      ),
    });
  });
});

describe("nginx", () => {
  async function open({ folder, key, cert, caFile, put }: ReturnType<typeof files>): Promise<number> {
    const port = await freePort();
    const config = put(
      "nginx.conf",
      `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events {}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_protocols TLSv1.3;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_client_certificate ${caFile};
    ssl_verify_client on;
    location / { return 200 '{}'; }
  }
}
`,
    );
    await startServer("nginx", ["-p", folder, "-c", config, "-e", "stderr"], port);
    return port;
  }
  const perhaps = expect.stringMatching(/^HTTP 400: something before the API answers; .*client certificate.*headers/);

  test.each([
    ["no client certificate", undefined, "t"],
    ["another authority's", stranger.issue({ names: ["exporter"] }), "t"],
    ["a token that is longer than its headers may be", authority.issue({ names: ["exporter"] }), "t".repeat(20_000)],
  ])("answers a bare HTTP 400 to %s", async (_, pair, token) => {
    const own = files();
    expect(await said(await open(own), own, pair, token)).toEqual({ reason: "client_error", message: perhaps });
  });
});
