import { expect, test } from "vitest";
import { describeNetworkError, ProxyError } from "../../../src/cbr/transport/network-error.ts";

const host = "cbr.example.com";
const coded = (code: unknown, cause?: unknown): Error => Object.assign(new Error("secret words"), { code, cause });

const unusable = (code: string) => `the proxy gave no usable HTTP answer (${code})`;

test.each([
  ["ENOTFOUND", "the host name cbr.example.com is not known", "the host name of the proxy is not known"],
  ["EAI_AGAIN", "could not be looked up", "the host name of the proxy could not be looked up"],
  ["ECONNREFUSED", "refused the connection", "the proxy refused the connection"],
  ["ECONNRESET", "closed the connection", "the proxy closed the connection without an answer"],
  ["EPIPE", "closed the connection", unusable("EPIPE")],
  ["UND_ERR_SOCKET", "closed the connection", "the proxy closed the connection without an answer"],
  ["ETIMEDOUT", "does not answer", "the proxy does not answer"],
  ["EHOSTUNREACH", "cannot be reached", "the proxy cannot be reached"],
  ["ENETUNREACH", "the network of cbr.example.com cannot be reached", "the proxy cannot be reached"],
  [
    "EMFILE",
    "no file descriptor left; raise",
    "no connection to the proxy, as the exporter has no file descriptor left",
  ],
  ["ENFILE", "this machine has no file", "no connection to the proxy, as this machine has no file descriptor left"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection to cbr.example.com in time", "no connection to the proxy in time"],
  ["UND_ERR_HEADERS_TIMEOUT", "no usable HTTP answer", "the proxy does not answer"],
  ["UND_ERR_HEADERS_OVERFLOW", "over 64 KiB", unusable("UND_ERR_HEADERS_OVERFLOW")],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "another length", unusable("UND_ERR_RES_CONTENT_LENGTH_MISMATCH")],
  ["HPE_INVALID_CONSTANT", "gave no usable HTTP answer (HPE_INVALID_CONSTANT)", unusable("HPE_INVALID_CONSTANT")],
  [undefined, "gave no usable HTTP answer (no code)", unusable("no code")],
])("%s is the network's, of a host or of a proxy, and says what happened", (code, ofHost, ofProxy) => {
  const { reason, message } = describeNetworkError(coded(code), host);
  expect(reason).toBe("network");
  expect(message).toContain(ofHost);
  expect(message).toContain(host);
  expect(describeNetworkError(new ProxyError(undefined, { cause: coded(code) }), host)).toEqual({
    reason: "network",
    message: `${ofProxy}; check proxy_url (or the environment), and the proxy`,
  });
});

const ofAuthority =
  "the certificate of % is signed by nobody who is trusted here; give the authority's as tls_config.ca_file";
const otherName = "the certificate of % is for another host name; check @name";
const checkClient = "check cert_file and key_file of tls_config";
const clientRefused = `% does not accept the client certificate, or its absence; ${checkClient}`;
const noVersion = "% and the exporter have no version of TLS in common; it must offer TLS 1.2 or 1.3";
const noTls = "% answers without TLS, as a port for plain HTTP does; check scheme and port of @";
const untrusted = "no trusted TLS connection to %; check its certificate, and @";

test.each([
  ["CERT_HAS_EXPIRED", "the certificate of % has expired; have it renewed there, unless this machine's clock is wrong"],
  ["CERT_NOT_YET_VALID", "the certificate of % is not valid yet; check this machine's clock"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", otherName],
  ["HOSTNAME_MISMATCH", otherName],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", ofAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT", ofAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", ofAuthority],
  ["SELF_SIGNED_CERT_IN_CHAIN", ofAuthority],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", ofAuthority],
  [
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "% wants a client certificate; give one as cert_file and key_file of tls_config",
  ],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", clientRefused],
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", clientRefused],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", clientRefused],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", clientRefused],
  [
    "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    `% broke off the TLS handshake: it wants a client certificate (${checkClient}), or other ciphers`,
  ],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", noVersion],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", noVersion],
  ["ERR_SSL_WRONG_VERSION_NUMBER", noTls],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", noTls],
  ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "% has no certificate for this host name; check @name"],
  ["EPROTO", untrusted],
  ["ERR_SSL_EE_KEY_TOO_SMALL", untrusted],
])("%s is about TLS, and has its own advice, for a host and for a proxy", (code, line) => {
  const ofHost = line
    .replace("%", host)
    .replace("@name", "the endpoint, and tls_config.server_name")
    .replace("@", "the endpoint");
  const ofProxy = line.replace("%", "the proxy").replace(/@(?:name)?/, "proxy_url (or the environment)");
  for (const [error, message] of [
    [coded(code), ofHost],
    [new ProxyError(undefined, { cause: coded(code) }), ofProxy],
  ] as const) {
    expect(describeNetworkError(error, host)).toEqual({ reason: "tls", message: `${message} (${code})` });
  }
});

const ring = new Error("a");
ring.cause = ring;

test.each([
  ["the cause's code", coded(undefined, coded("ECONNREFUSED")), "refused the connection"],
  ["the first of several", new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]), "refused the connection"],
  ["none of an empty list", new AggregateError([]), "(no code)"],
  ["no code", new Error("secret words"), "(no code)"],
  ["a number for a code, as a timeout's DOMException has", coded(23), "(no code)"],
  ["no error at all", "secret words", "(no code)"],
  ["nothing", undefined, "(no code)"],
  ["errors that cause each other", ring, "(no code)"],
])("%s", (_, error, words) => {
  const { reason, message } = describeNetworkError(error, host);
  expect(reason).toBe("network");
  expect(message).toContain(words);
  expect(message).not.toContain("secret");
});

test.each([
  [
    407,
    "the proxy wants another login (HTTP 407); check the credentials in proxy_url (or the environment)",
    { proxyRefused: true },
  ],
  [
    502,
    "the proxy answers HTTP 502 instead of connecting to cbr.example.com; check proxy_url, and what the proxy allows",
    {},
  ],
])("HTTP %i of a proxy", (status, message, more) => {
  expect(describeNetworkError(new ProxyError(status), host)).toEqual({ reason: "network", message, ...more });
});
