interface Described {
  readonly reason: "network" | "tls";
  readonly message: string;
}

const tlsCode =
  /^(?:UND_ERR_PRX_TLS|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$|CRL_)/;

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

/** All that undici says of a proxy which does not connect: the code is that of any aborted request. */
const proxyRefusal = /^Proxy response \((\d{3})\)/;

function describeProxyRefusal(status: string, host: string): string {
  return status === "407"
    ? "the proxy wants another login (HTTP 407); check the credentials in proxy_url"
    : `the proxy answers HTTP ${status} instead of connecting to ${host}; check proxy_url, and what the proxy allows`;
}

/** @returns the reason and one line about why no answer came from `host`, with what to check */
export function describeNetworkError(error: unknown, host: string): Described {
  const code = codeOf(error);
  if (tlsCode.test(code)) {
    return { reason: "tls", message: `no trusted TLS connection to ${host} (${code}); check its certificate` };
  }
  const refusal = proxyRefusal.exec(error instanceof Error ? error.message : "")?.[1];
  if (refusal !== undefined) return { reason: "network", message: describeProxyRefusal(refusal, host) };
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
