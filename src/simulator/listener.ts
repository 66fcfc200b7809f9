import { once } from "node:events";
import type { Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { formatAddress } from "../base/listen-address.ts";

/** A certificate and its key, as PEM texts. */
export interface TlsPair {
  readonly key: string;
  readonly cert: string;
}

export interface ListenerOptions {
  readonly fetch: Parameters<typeof createAdaptorServer>[0]["fetch"];
  /** `""` listens on every address. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsPair | undefined;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Where it really listens. */
  readonly address: string;
  /** Ends at once, answers that hang and handshakes that never end included. */
  close(): Promise<void>;
}

/** Tokens can be 16 KiB and more, and security tokens too. */
const maxHeaderSize = 128 * 1024;

/** @throws what `listen` throws, e.g. `EADDRINUSE`, and what OpenSSL says of a wrong key or certificate */
export async function listen({ fetch, host, port, tls }: ListenerOptions): Promise<Listener> {
  const server = createAdaptorServer({
    fetch,
    hostname: "localhost", // for requests without a Host header
    overrideGlobalObjects: false,
    ...(tls
      ? { createServer: createHttps, serverOptions: { ...tls, maxHeaderSize } }
      : { serverOptions: { maxHeaderSize } }),
  }) as Server;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // An empty host is left out: Node then listens on `::`, or on `0.0.0.0` where there is no IPv6.
  server.listen({ port, ...(host !== "" && { host }) });
  await once(server, "listening");

  const bound = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://${formatAddress(reachable(bound.address), bound.port)}`,
    port: bound.port,
    address: formatAddress(bound.address, bound.port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** "Every address" is none that a client can call. */
function reachable(host: string): string {
  return host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host;
}
