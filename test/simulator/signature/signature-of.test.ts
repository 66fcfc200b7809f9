import { createHash } from "node:crypto";
import { AKSKSigner } from "@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js";
import { expect, test } from "vitest";
import { parseAuthorization } from "../../../src/simulator/signature/authorization.ts";
import { canonicalRequest, signatureOf } from "../../../src/simulator/signature/signature-of.ts";

test("the known answer of reference/cloud-access.md", () => {
  const date = "20060102T150405Z";
  const request = { method: "GET", target: "/path?limit=1", headers: { "x-sdk-date": date } };
  expect(signatureOf(request, { signedHeaders: ["x-sdk-date"], date, secret: "SecretKey" })).toBe(
    "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624",
  );
});

// Made with the vendor's own signer, @huaweicloud/huaweicloud-sdk-core 3.1 (2026-11-24).
test.each([
  [
    "/v3/p-1/operation-logs?vault_name=a+b%2Bc%2F%C3%BC~%2A%27&offset=0&status&limit=1000",
    { "content-type": "application/json", host: "cbr.example", "x-project-id": "p-1" },
    "SK/+ secret",
    "cf495b1d86b8030fcb5c889085726f64c2cb3df0f342987a5382103c2fd015bb",
  ],
  [
    "/v3/p-1/x/?b=2&B=&b=10&a=1",
    { host: "cbr.example:8443", "content-type": "application/json", "x-security-token": "t==" },
    "SK",
    "59e9608453bee49b0371714387c0379fe752495e37c4c053207196bf2b9fb97c",
  ],
])("the vendor's signer agrees on %s", (target, headers, secret, signature) => {
  const date = "20261124T120000Z";
  const request = { method: "GET", target, headers: { ...headers, "x-sdk-date": date } };
  expect(signatureOf(request, { signedHeaders: Object.keys(request.headers), date, secret })).toBe(signature);
});

test("the vendor's signer agrees on a POST with a body", () => {
  const date = "20261124T120000Z";
  const data = { tags: ["ü", "a b"], n: 1 };
  const headers = { "Content-Type": "application/json", "X-Project-Id": "p-1", "X-Sdk-Date": date };
  const signed = AKSKSigner.sign({ endpoint: "https://cbr.example/v3/p-1/x", method: "POST", headers, data }, {
    getAk: () => "AK",
    getSk: () => "SK",
  } as Parameters<typeof AKSKSigner.sign>[1]) as Readonly<Record<string, string>>;
  const sent = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
  const request = {
    method: "POST",
    target: "/v3/p-1/x",
    headers: sent,
    bodySha256: createHash("sha256").update(JSON.stringify(data)).digest("hex"),
  };
  const { signedHeaders = [], signature } = parseAuthorization(sent["authorization"]) ?? {};
  expect(signedHeaders).toContain("x-project-id");
  expect(signatureOf(request, { signedHeaders, date, secret: "SK" })).toBe(signature);
});

test("the canonical request, line by line", () => {
  const headers = { "x-b": "  two words ", "x-a": "1", other: "x" };
  expect(
    canonicalRequest({ method: "GET", target: "/a%20b/(c)*!?q=x=y&&p=%E5%8D%95", headers }, ["x-b", "x-a", "x-c"]),
  ).toBe(
    [
      "GET",
      "/a%20b/%28c%29%2A%21/",
      "p=%E5%8D%95&q=x%3Dy",
      "x-a:1",
      "x-b:two words",
      "x-c:",
      "",
      "x-a;x-b;x-c",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ].join("\n"),
  );
});
