import { expect, test } from "vitest";
import { describeNetworkError, ProxyError } from "../../src/cbr/network-error.ts";

const host = "cbr.example.com";
const coded = (code: unknown, cause?: unknown): Error => Object.assign(new Error("secret words"), { code, cause });

test.each([
  ["ENOTFOUND", "the host name cbr.example.com is not known"],
  ["EAI_AGAIN", "could not be looked up"],
  ["ECONNREFUSED", "refused the connection"],
  ["ECONNRESET", "closed the connection"],
  ["EPIPE", "closed the connection"],
  ["ETIMEDOUT", "does not answer"],
  ["EHOSTUNREACH", "cannot be reached"],
  ["ENETUNREACH", "the network of cbr.example.com cannot be reached"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection to cbr.example.com in time"],
  ["UND_ERR_SOCKET", "closed the connection"],
  ["UND_ERR_HEADERS_OVERFLOW", "over 64 KiB"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "another length"],
  ["HPE_INVALID_CONSTANT", "gave no usable HTTP answer (HPE_INVALID_CONSTANT)"],
])("%s is the network's, and says what happened", (code, words) => {
  const { reason, message } = describeNetworkError(coded(code), host);
  expect(reason).toBe("network");
  expect(message).toContain(words);
  expect(message).toContain(host);
});

test.each([
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "HOSTNAME_MISMATCH",
  "EPROTO",
])("%s is about TLS", (code) => {
  expect(describeNetworkError(coded(code), host)).toEqual({
    reason: "tls",
    message: `no trusted TLS connection to ${host} (${code}); check its certificate`,
  });
});

test.each([
  ["the cause's code", coded(undefined, coded("ECONNREFUSED")), "refused the connection"],
  ["the first of several", new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]), "refused the connection"],
  ["none of an empty list", new AggregateError([]), "(no code)"],
  ["no code", new Error("secret words"), "(no code)"],
  ["a number for a code, as a timeout's DOMException has", coded(23), "(no code)"],
  ["no error at all", "secret words", "(no code)"],
  ["nothing", undefined, "(no code)"],
])("%s", (_, error, words) => {
  const { reason, message } = describeNetworkError(error, host);
  expect(reason).toBe("network");
  expect(message).toContain(words);
  expect(message).not.toContain("secret");
});

test("errors that cause each other come to an end", () => {
  const error: Error = new Error("a");
  error.cause = error;
  expect(describeNetworkError(error, host).message).toContain("(no code)");
});

test.each([
  ["ENOTFOUND", "the host name of the proxy is not known"],
  ["EAI_AGAIN", "the host name of the proxy could not be looked up"],
  ["ECONNREFUSED", "the proxy refused the connection"],
  ["ECONNRESET", "the proxy closed the connection without an answer"],
  ["UND_ERR_SOCKET", "the proxy closed the connection without an answer"],
  ["EHOSTUNREACH", "the proxy cannot be reached"],
  ["ENETUNREACH", "the proxy cannot be reached"],
  ["ETIMEDOUT", "the proxy does not answer"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection to the proxy in time"],
  ["UND_ERR_HEADERS_TIMEOUT", "the proxy does not answer"],
  ["HPE_INVALID_CONSTANT", "the proxy gave no usable HTTP answer (HPE_INVALID_CONSTANT)"],
  [undefined, "the proxy gave no usable HTTP answer (no code)"],
])("%s of a proxy is not blamed on the cloud", (code, words) => {
  expect(describeNetworkError(new ProxyError(undefined, { cause: coded(code) }), host)).toEqual({
    reason: "network",
    message: `${words}; check proxy_url (or the environment), and the proxy`,
  });
});

test.each([
  [407, "the proxy wants another login (HTTP 407); check the credentials in proxy_url (or the environment)"],
  [
    502,
    "the proxy answers HTTP 502 instead of connecting to cbr.example.com; check proxy_url, and what the proxy allows",
  ],
])("HTTP %i of a proxy", (status, message) => {
  expect(describeNetworkError(new ProxyError(status), host)).toEqual({ reason: "network", message });
});

test("TLS with a proxy", () => {
  const { reason, message } = describeNetworkError(
    new ProxyError(undefined, { cause: coded("CERT_HAS_EXPIRED") }),
    host,
  );
  expect(reason).toBe("tls");
  expect(message).toBe(
    "no trusted TLS connection to the proxy (CERT_HAS_EXPIRED); check proxy_url and the proxy's certificate",
  );
});
