import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, rootCertificates } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { Agent, buildConnector, type Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { defined } from "../../base/json.ts";
import { signatureOf } from "../../base/read-text-file.ts";
import type { TlsConfig } from "../../config/config.ts";
import { certificatesIn } from "../../config/pem.ts";
import type { ProxyWay } from "./proxy-gate.ts";
import { type Connector, createTunnels, type Tunnels } from "./tunnel.ts";

export interface ConnectionLimits {
  readonly concurrency: number;
  readonly timeoutMs: number;
}

export interface ConnectionsOptions extends ConnectionLimits {
  readonly tls: TlsConfig | undefined;
  readonly clock: Clock;
}

/** The connections of a project; made anew when a file of `tls_config` changes, the old ones ending in their own time. */
export interface Connections {
  /** What sends requests this way; no promise where nothing is to be looked at. @throws {TlsFilesError} */
  dispatcher(way: ProxyWay): Dispatcher | Promise<Dispatcher>;
  /** Where these are others, connections are made anew. */
  setLimits(limits: ConnectionLimits): void;
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
  let { concurrency, timeoutMs } = options;
  const files = [tls?.caFile, tls?.certFile, tls?.keyFile].filter((file) => file !== undefined);
  const retired = new Set<Dispatchers>();
  let current: Dispatchers | undefined;
  let currentMaterial: TlsMaterial | undefined;
  let seen: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Dispatchers> | undefined;

  async function look(): Promise<Dispatchers> {
    lookedAt = clock.monotonic();
    try {
      const now = (await Promise.all(files.map(signatureOf))).join("\n");
      if (current && now === seen) return current;
      const material = await readMaterial(tls);
      seen = now;
      // Written again, or looked at again since it was young, but the same.
      if (current && isDeepStrictEqual(material, currentMaterial)) return current;
      return replace(material);
    } catch (error) {
      // Half-replaced files, such as a new certificate with the old key, are looked at again.
      if (!current) throw new TlsFilesError(`tls_config: ${(error as Error).message}`);
    }
    return current;
  }

  /** Those in use end in their own time. */
  function replace(material: TlsMaterial): Dispatchers {
    const before = current;
    current = createDispatchers({ concurrency, timeoutMs, tls, clock }, material);
    currentMaterial = material;
    if (before) {
      retired.add(before);
      void before.end("close").then(() => retired.delete(before));
    }
    return current;
  }

  return {
    dispatcher(way) {
      if (current && (files.length === 0 || clock.monotonic() - lookedAt < lookEveryMs)) return current.to(way);
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking.then((dispatchers) => dispatchers.to(way));
    },
    setLimits(limits) {
      if (limits.concurrency === concurrency && limits.timeoutMs === timeoutMs) return;
      ({ concurrency, timeoutMs } = limits);
      if (currentMaterial) replace(currentMaterial);
    },
    async close() {
      await Promise.all([...retired, ...(current ? [current] : [])].map((dispatchers) => dispatchers.end("destroy")));
    },
  };
}

async function readMaterial(tls: TlsConfig | undefined): Promise<TlsMaterial> {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file, "utf8"));
  const [ca, cert, key] = await Promise.all([read(tls?.caFile), read(tls?.certFile), read(tls?.keyFile)]);
  // Node 20 does not know the system's roots; the bundled ones stay beside the file's.
  const material = defined({ ca: ca === undefined ? undefined : [...rootCertificates, ca], cert, key });
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

/** What sends requests by each way, made of the same files. */
interface Dispatchers {
  to(way: ProxyWay): Dispatcher;
  end(how: "close" | "destroy"): Promise<unknown>;
}

function createDispatchers({ concurrency, timeoutMs, tls }: ConnectionsOptions, material: TlsMaterial): Dispatchers {
  const made = new Map<ProxyWay, Dispatcher>();
  const tunnels: Tunnels[] = [];
  const verification = {
    timeout: timeoutMs,
    // Made once: else all of Node's roots would be read again for each connection.
    secureContext: createSecureContext(material),
    ...(tls?.insecureSkipVerify && { rejectUnauthorized: false }),
  };
  const toHost = endedByFirstError(
    buildConnector({ ...verification, ...(tls?.serverName !== undefined && { servername: tls.serverName }) }),
  );

  function connectorOf({ proxy, recordTunnel }: ProxyWay): Connector {
    if (!proxy) return toHost;
    const toProxy = endedByFirstError(buildConnector(verification));
    const tunnel = createTunnels({ proxy, timeoutMs, toProxy, toHost, onOpened: recordTunnel });
    tunnels.push(tunnel);
    return tunnel.connect;
  }

  return {
    to(way) {
      const known = made.get(way);
      if (known) return known;
      const connect = connectorOf(way);
      const dispatcher = new Agent({ connections: concurrency, pipelining: 1, maxHeaderSize, connect });
      made.set(way, dispatcher);
      return dispatcher;
    },
    async end(how) {
      await Promise.all([...made.values()].map((dispatcher) => dispatcher[how]()));
      await Promise.all(tunnels.map((tunnel) => tunnel[how]()));
    },
  };
}

/**
 * Ends a connection by its first error. In TLS 1.3 a server says after the handshake that it wants a certificate, and
 * undici would then speak of the end of the connection, which follows.
 */
function endedByFirstError(connect: Connector): Connector {
  return (target, done) =>
    connect(target, (...result) => {
      const [, socket] = result;
      socket?.once("error", () => socket.destroy());
      done(...result);
    });
}
