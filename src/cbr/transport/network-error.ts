interface Described {
  readonly reason: "network" | "tls";
  readonly message: string;
  /** A proxy wants another login. */
  readonly proxyRefused?: true;
}

/** Who failed, as a line names it, what to check then, and what to check where the name in its certificate is wrong. */
interface Party {
  readonly name: string;
  readonly check: string;
  readonly checkName: string;
}

const proxyParty: Party = {
  name: "the proxy",
  check: "proxy_url (or the environment)",
  checkName: "proxy_url (or the environment)",
};

function hostParty(host: string): Party {
  return { name: host, check: "the endpoint", checkName: "the endpoint, and tls_config.server_name" };
}

const tlsCode = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$|CRL_)/;

/**
 * What a code of TLS means to somebody who has to mend it, the first that fits; `%` is who failed, `@` and `@name` what to check.
 * Lines of OpenSSL differ in the beginning of their codes (`SSLV3_ALERT_…`, `SSL/TLS_ALERT_…`).
 */
const tlsCures: readonly (readonly [code: RegExp, cure: string])[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    "the certificate of % has expired; have it renewed there, unless this machine's clock is wrong",
  ],
  [/^CERT_NOT_YET_VALID$/, "the certificate of % is not valid yet; check this machine's clock"],
  [
    /^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    "the certificate of % is for another host name; check @name",
  ],
  [
    /^(?:UNABLE_TO_(?:VERIFY_LEAF|GET_ISSUER)|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED$)/,
    "the certificate of % is signed by nobody who is trusted here; give the authority's as tls_config.ca_file",
  ],
  [/ALERT_CERTIFICATE_REQUIRED$/, "% wants a client certificate; give one as cert_file and key_file of tls_config"],
  [
    /ALERT_(?:(?:BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REVOKED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)$/,
    "% does not accept the client certificate, or its absence; check cert_file and key_file of tls_config",
  ],
  [
    /HANDSHAKE_FAILURE$/,
    "% broke off the TLS handshake: it wants a client certificate (check cert_file and key_file of tls_config), or other ciphers",
  ],
  [
    /(?:PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW)$/,
    "% and the exporter have no version of TLS in common; it must offer TLS 1.2 or 1.3",
  ],
  [
    /(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    "% answers without TLS, as a port for plain HTTP does; check scheme and port of @",
  ],
  [/UNRECOGNIZED_NAME$/, "% has no certificate for this host name; check @name"],
];

const otherTlsCure = "no trusted TLS connection to %; check its certificate, and @";

/** What each code of Node or undici means to somebody who has to mend it; `%` stands for the host. */
const cures: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name % is not known; check the endpoint (or the region) and the DNS server",
  EAI_AGAIN: "the host name % could not be looked up; check the DNS server",
  ECONNREFUSED: "% refused the connection; check the endpoint's host and port",
  ECONNRESET: "% closed the connection before its answer was whole",
  EPIPE: "% closed the connection while the request was sent",
  ETIMEDOUT: "% does not answer; check the network, firewalls and the endpoint",
  EHOSTUNREACH: "% cannot be reached; check the network and routes",
  ENETUNREACH: "the network of % cannot be reached; check the network and routes",
  EMFILE: "no connection to %, as the exporter has no file descriptor left; raise their limit (ulimit -n, LimitNOFILE)",
  ENFILE: "no connection to %, as this machine has no file descriptor left",
  UND_ERR_CONNECT_TIMEOUT: "no connection to % in time; check the network, firewalls and the endpoint",
  UND_ERR_SOCKET: "% closed the connection before its answer was whole",
  UND_ERR_HEADERS_OVERFLOW: "the headers of the answer of % are over 64 KiB",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "% sent another length than it announced",
};

/** What a code means where it was the proxy's; `%` stands for the proxy, whose URL is a secret. */
const proxyCures: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name of % is not known",
  EAI_AGAIN: "the host name of % could not be looked up",
  ECONNREFUSED: "% refused the connection",
  ECONNRESET: "% closed the connection without an answer",
  UND_ERR_SOCKET: "% closed the connection without an answer",
  EHOSTUNREACH: "% cannot be reached",
  ENETUNREACH: "% cannot be reached",
  ETIMEDOUT: "% does not answer",
  EMFILE: "no connection to %, as the exporter has no file descriptor left",
  ENFILE: "no connection to %, as this machine has no file descriptor left",
  UND_ERR_CONNECT_TIMEOUT: "no connection to % in time",
  UND_ERR_HEADERS_TIMEOUT: "% does not answer",
};

/** The proxy opened no tunnel: it answered with this status, or failed by the error's cause. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly status: number | undefined;

  constructor(status: number | undefined, options?: ErrorOptions) {
    super("the proxy opened no tunnel", options);
    this.status = status;
  }
}

function describeProxyError({ status, cause }: ProxyError, host: string): Described {
  if (status === 407) {
    const message = `the proxy wants another login (HTTP 407); check the credentials in ${proxyParty.check}`;
    return { reason: "network", message, proxyRefused: true };
  }
  if (status !== undefined) {
    const message = `the proxy answers HTTP ${status} instead of connecting to ${host}; check proxy_url, and what the proxy allows`;
    return { reason: "network", message };
  }
  const code = codeOf(cause);
  if (tlsCode.test(code)) return describeTlsError(code, proxyParty);
  const fault = proxyCures[code] ?? `% gave no usable HTTP answer (${code || "no code"})`;
  const message = `${fault.replace("%", proxyParty.name)}; check ${proxyParty.check}, and the proxy`;
  return { reason: "network", message };
}

function describeTlsError(code: string, { name, check, checkName }: Party): Described {
  const cure = tlsCures.find(([pattern]) => pattern.test(code))?.[1] ?? otherTlsCure;
  const line = cure.replace("%", name).replace("@name", checkName).replace("@", check);
  return { reason: "tls", message: `${line} (${code})` };
}

/** @returns the reason and one line about why no answer came from `host`, with what to check */
export function describeNetworkError(error: unknown, host: string): Described {
  if (error instanceof ProxyError) return describeProxyError(error, host);
  const code = codeOf(error);
  if (tlsCode.test(code)) return describeTlsError(code, hostParty(host));
  const cure = cures[code];
  if (cure) return { reason: "network", message: cure.replace("%", host) };
  return {
    reason: "network",
    message: `${host} gave no usable HTTP answer (${code || "no code"}); check the endpoint`,
  };
}

/** The code of the error, or of what caused it; `""` where none has one. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code: unknown = (at as NodeJS.ErrnoException).code;
    if (typeof code === "string") return code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return "";
}
