interface Described {
  readonly reason: "network" | "tls";
  readonly message: string;
}

const tlsCode = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$|CRL_)/;

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
  const network = (message: string): Described => ({ reason: "network", message });
  if (status === 407) {
    return network("the proxy wants another login (HTTP 407); check the credentials in proxy_url (or the environment)");
  }
  if (status !== undefined) {
    return network(
      `the proxy answers HTTP ${status} instead of connecting to ${host}; check proxy_url, and what the proxy allows`,
    );
  }
  const code = codeOf(cause);
  if (tlsCode.test(code)) {
    return {
      reason: "tls",
      message: `no trusted TLS connection to the proxy (${code}); check proxy_url and the proxy's certificate`,
    };
  }
  const fault = proxyCures[code] ?? `% gave no usable HTTP answer (${code || "no code"})`;
  return network(`${fault.replace("%", "the proxy")}; check proxy_url (or the environment), and the proxy`);
}

/** @returns the reason and one line about why no answer came from `host`, with what to check */
export function describeNetworkError(error: unknown, host: string): Described {
  if (error instanceof ProxyError) return describeProxyError(error, host);
  const code = codeOf(error);
  if (tlsCode.test(code)) {
    return { reason: "tls", message: `no trusted TLS connection to ${host} (${code}); check its certificate` };
  }
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
