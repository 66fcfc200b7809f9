import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createAuthority, type KeyAndCertificate } from "./certificates.ts";

const day = 86_400_000;
const now = Date.now();

/** GETs from a server that has the certificate. @returns the status, or the code of the error */
async function connect(pair: KeyAndCertificate, ca: string, servername = "localhost"): Promise<number | string> {
  const server = createServer(pair, (_, response) => response.end()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    request({ host: "127.0.0.1", port, ca, servername, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

test("the authority signs itself and what it issues", () => {
  const { ca, issue } = createAuthority("Some authority");
  const authority = new X509Certificate(ca);
  expect([authority.ca, authority.subject, authority.issuer]).toEqual([true, "CN=Some authority", "CN=Some authority"]);
  expect(authority.verify(authority.publicKey)).toBe(true);
  const { key, cert } = issue({ names: ["localhost"] });
  const leaf = new X509Certificate(cert);
  expect([leaf.ca, leaf.verify(authority.publicKey), leaf.checkIssued(authority)]).toEqual([false, true, true]);
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(leaf.verify(new X509Certificate(createAuthority().ca).publicKey)).toBe(false);
});

test("names are hosts and addresses, of both kinds", () => {
  const names = ["localhost", "cbr.example.com", "127.0.0.1", "::1", "2001:db8::a:0:1", "1:2:3:4:5:6:7:8"];
  const cert = new X509Certificate(createAuthority().issue({ names }).cert);
  for (const host of names.slice(0, 2)) expect(cert.checkHost(host)).toBe(host);
  for (const address of names.slice(2)) expect(cert.checkIP(address)).toBe(address);
  expect([cert.checkHost("other.example.com"), cert.checkIP("127.0.0.2")]).toEqual([undefined, undefined]);
});

test("twenty names make lengths of two bytes", () => {
  const names = Array.from({ length: 20 }, (_, n) => `host-${n}.example.com`);
  expect(new X509Certificate(createAuthority().issue({ names }).cert).checkHost("host-19.example.com")).toBeDefined();
});

test("the times are those asked for, beyond 2049 too", () => {
  const notBefore = new Date(Date.UTC(2049, 11, 31, 23, 59, 59));
  const notAfter = new Date(Date.UTC(2050, 0, 1));
  const { validFrom, validTo } = new X509Certificate(
    createAuthority().issue({ names: ["a"], notBefore, notAfter }).cert,
  );
  expect([Date.parse(validFrom), Date.parse(validTo)]).toEqual([notBefore.getTime(), notAfter.getTime()]);
});

test("TLS takes it from who trusts the authority", async () => {
  const { ca, issue } = createAuthority();
  expect(await connect(issue({ names: ["localhost"] }), ca)).toBe(200);
  expect(await connect(issue({ names: ["127.0.0.1"] }), ca, "")).toBe(200);
});

test("TLS refuses an unknown authority, another host, and what has ended or not begun", async () => {
  const { ca, issue } = createAuthority();
  const names = ["localhost"];
  expect(await connect(issue({ names }), createAuthority().ca)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  expect(await connect(issue({ names: ["other.example.com"] }), ca)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await connect(issue({ names, notAfter: new Date(now - day / 2) }), ca)).toBe("CERT_HAS_EXPIRED");
  expect(await connect(issue({ names, notBefore: new Date(now + day) }), ca)).toBe("CERT_NOT_YET_VALID");
});
