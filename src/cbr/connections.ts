import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { createSecureContext, rootCertificates } from "node:tls";
import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from "undici";
import { signatureOf } from "../base/file-signature.ts";
import type { Clock } from "../clock.ts";
import type { ProxyConfig, TlsConfig } from "../config/config.ts";
import type { Environment } from "../config/expand-variables.ts";
import { certificatesIn } from "../config/pem.ts";
import { ProxyError } from "./network-error.ts";

export interface ConnectionsOptions {
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly proxy: ProxyConfig | undefined;
  readonly tls: TlsConfig | undefined;
  /** What `proxy_from_environment` reads. */
  readonly env: Environment;
  readonly clock: Clock;
}

/** The connections of a project; made anew when a file of `tls_config` changes, the old ones ending in their own time. */
export interface Connections {
  /** @throws {TlsFilesError} */
  dispatcher(): Promise<Dispatcher>;
  close(): Promise<void>;
}

/** The files of `tls_config` cannot be used, and never could. */
export class TlsFilesError extends Error {
  override readonly name = "TlsFilesError";
}

/** Tokens, which IAM sends in a header, can be 16 KiB and more. */
const maxHeaderSize = 64 * 1024;
/** How often the files are looked at. */
const lookEveryMs = 1_000;

interface TlsMaterial {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { tls, clock } = options;
  const files = tls ? [tls.caFile, tls.certFile, tls.keyFile].filter((file) => file !== undefined) : [];
  const retired = new Set<Dispatcher>();
  let current: Dispatcher | undefined;
  let seen: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Dispatcher> | undefined;

  async function look(): Promise<Dispatcher> {
    lookedAt = clock.monotonic();
    try {
      const signatures = await Promise.all(files.map(signatureOf));
      const now = signatures.map(({ text }) => text).join("\n");
      if (current && now === seen) return current;
      const next = createDispatcher(options, await readMaterial(tls));
      const before = current;
      [current, seen] = [next, signatures.every(({ settled }) => settled) ? now : undefined];
      if (before) {
        retired.add(before);
        void before.close().then(() => retired.delete(before));
      }
    } catch (error) {
      // Half-replaced files, such as a new certificate with the old key, are looked at again.
      if (!current) throw new TlsFilesError(`tls_config: ${(error as Error).message}`);
    }
    return current;
  }

  return {
    async dispatcher() {
      if (current && (files.length === 0 || clock.monotonic() - lookedAt < lookEveryMs)) return current;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    async close() {
      await Promise.all([...retired, ...(current ? [current] : [])].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

async function readMaterial(tls: TlsConfig | undefined): Promise<TlsMaterial> {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file, "utf8"));
  const [ca, cert, key] = await Promise.all([read(tls?.caFile), read(tls?.certFile), read(tls?.keyFile)]);
  const material = {
    // Node 20 cannot tell the system's roots; the bundled ones stay beside the file's.
    ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  // TLS passes over what is damaged, and takes an empty file for none at all, as one is while it is rewritten.
  for (const text of [ca, cert]) {
    const certificates = text === undefined ? undefined : certificatesIn(text);
    if (certificates?.ok === false) throw new Error(certificates.fault);
  }
  if (key !== undefined) createPrivateKey(key);
  // Throws where certificate and key do not fit.
  createSecureContext(material);
  return material;
}

function createDispatcher(options: ConnectionsOptions, material: TlsMaterial): Dispatcher {
  const { concurrency, timeoutMs, proxy, tls, env } = options;
  const verification = {
    ...material,
    ...(tls?.insecureSkipVerify && { rejectUnauthorized: false }),
  };
  const endpointTls = { ...verification, ...(tls?.serverName !== undefined && { servername: tls.serverName }) };
  const common = { connections: concurrency, pipelining: 1, maxHeaderSize };
  const connect = { timeout: timeoutMs, ...endpointTls };
  if (!proxy) return new Agent({ ...common, connect });
  const proxied = {
    ...common,
    proxyTls: { timeout: timeoutMs, ...verification },
    requestTls: connect,
    clientFactory: (url: URL, given: object) => createProxyClient(url, given as ProxyClientOptions, timeoutMs),
  };
  if ("url" in proxy) return new ProxyAgent({ ...proxied, uri: proxy.url.reveal() });
  const variable = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? "";
  return new EnvHttpProxyAgent({
    ...proxied,
    connect,
    httpProxy: variable("HTTP_PROXY"),
    httpsProxy: variable("HTTPS_PROXY"),
    noProxy: variable("NO_PROXY"),
  });
}

interface ProxyClientOptions {
  readonly connect: buildConnector.connector;
}

/** Asks a proxy for tunnels, over connections of their own. */
function createProxyClient(url: URL, options: ProxyClientOptions, timeoutMs: number): Dispatcher {
  const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0;
  const pool = new Pool(url.origin, {
    // undici names the proxy's host to TLS even where it is an address, which newer lines of Node.js refuse.
    connect: (target, done) => options.connect(isAddress ? { ...target, servername: "" } : target, done),
    // Nothing else ends a CONNECT: a proxy that hangs would keep its place for five minutes.
    headersTimeout: timeoutMs,
  });
  const ask = pool.connect.bind(pool);
  const login = credentialsOf(url);
  return Object.assign(pool, {
    async connect(request: Omit<Dispatcher.ConnectOptions, "origin">): Promise<Dispatcher.ConnectData> {
      const headers = { ...(request.headers as Record<string, string>), ...login };
      // Under an error of its own, a proxy that hangs up is not asked again at once and without end, as by undici.
      const answer = await ask({ ...request, headers }).catch((error: unknown) => {
        throw new ProxyError(undefined, { cause: error });
      });
      if (answer.statusCode === 200) return answer;
      answer.socket.on("error", () => {}).destroy();
      throw new ProxyError(answer.statusCode);
    },
  });
}

/** undici sends none when one of both is empty. */
function credentialsOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const login = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64");
  return { "proxy-authorization": `Basic ${login}` };
}
