import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { vendorExample } from "../../../src/simulator/vendor-example.ts";
import { createAuthority, type KeyAndCertificate } from "../../support/certificates.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth } from "../../support/logins.ts";
import { never } from "../../support/never.ts";
import { openProject } from "../../support/project.ts";

/** Another way to a server, with a certificate of its own. @returns its address */
async function relayTo(port: number, tls: KeyAndCertificate): Promise<string> {
  const sockets = new Set<TLSSocket>();
  const relay = createServer(tls, (socket) => {
    const upstream = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on("error", () => {});
    }
    socket.pipe(upstream).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  });
  return `https://127.0.0.1:${(relay.address() as AddressInfo).port}`;
}

test("server_name is the name in CBR's certificate; IAM's has that of its own host", async () => {
  const authority = createAuthority();
  const cbr = await startSimulator({ latencyMs: [0, 0], tls: authority.issue({ names: ["cbr.example.com"] }) });
  onTestFinished(() => cbr.close());
  const port = Number(new URL(cbr.url).port);
  const iamEndpoint = await relayTo(port, authority.issue({ names: ["127.0.0.1"] }));
  const caFile = join(mkdtempSync(join(tmpdir(), "cbr-ca-")), "ca.pem");
  writeFileSync(caFile, authority.ca);

  const tls = { caFile, serverName: "cbr.example.com", insecureSkipVerify: false };
  const project = { endpoint: cbr.url, iamEndpoint, auth: passwordAuth() };
  const { api } = openProject({ ...project, tls });
  expect(await api.showOperationLog(vendorExample.id, never)).toMatchObject({ status: "success" });

  const swapped = openProject({ ...project, iamEndpoint: cbr.url, tls });
  const { reason, message } = await errorOf(swapped.api.showOperationLog(vendorExample.id, never));
  expect({ reason, message }).toEqual({
    reason: "tls",
    message: expect.stringContaining("is for another host name"),
  });
});
