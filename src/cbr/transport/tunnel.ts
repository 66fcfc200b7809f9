import type { Socket } from "node:net";
import { type buildConnector, type Dispatcher, Pool } from "undici";
import { ProxyError } from "./network-error.ts";

export type Connector = buildConnector.connector;

export interface TunnelOptions {
  /** Holds credentials. */
  readonly proxy: URL;
  readonly timeoutMs: number;
  /** Connects to the proxy. */
  readonly toProxy: Connector;
  /** Starts TLS with the host, inside a tunnel. */
  readonly toHost: Connector;
  /** The proxy has opened a tunnel. */
  readonly onOpened: () => void;
}

/** Connections to a proxy, by which hosts are reached. */
export interface Tunnels {
  readonly connect: Connector;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

// undici's ProxyAgent sends no credentials when one of both is empty, names the proxy's address as a host name to TLS,
// hides a 407 behind UND_ERR_ABORTED, and asks a proxy that hangs up again without end.
export function createTunnels({ proxy, timeoutMs, toProxy, toHost, onOpened }: TunnelOptions): Tunnels {
  const pool = new Pool(proxy.origin, {
    // undici takes the name for TLS from the header Host, which is that of the tunnel's end.
    connect: (target, done) => toProxy({ ...target, servername: "" }, done),
    // Nothing else ends a CONNECT: a proxy that hangs would keep its place for five minutes.
    headersTimeout: timeoutMs,
  });
  const login = credentialsOf(proxy);

  async function open(target: string): Promise<Dispatcher.ConnectData["socket"]> {
    const headers = { host: target, "proxy-connection": "keep-alive", ...login };
    const { statusCode, socket } = await pool.connect({ path: target, headers }).catch((error: unknown) => {
      // A cause of undici's own would make it ask again at once and without end.
      throw new ProxyError(undefined, { cause: error });
    });
    if (statusCode === 200) return socket;
    socket.on("error", () => {}).destroy();
    throw new ProxyError(statusCode);
  }

  return {
    connect(target, done) {
      const { host = "", port, protocol } = target;
      open(port ? host : `${host}:${protocol === "https:" ? 443 : 80}`).then(
        (socket) => {
          onOpened();
          const httpSocket = socket as Socket;
          if (protocol === "https:") toHost({ ...target, httpSocket }, done);
          else done(null, httpSocket);
        },
        (error: Error) => done(error, null),
      );
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}

function credentialsOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const login = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64");
  return { "proxy-authorization": `Basic ${login}` };
}
