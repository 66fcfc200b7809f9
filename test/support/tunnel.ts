import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { KeyAndCertificate } from "./certificates.ts";

/** A proxy that tunnels (CONNECT), and remembers to where. */
export interface Tunnel {
  readonly port: number;
  /** `host:port` of each tunnel that was asked for, refused ones included. */
  readonly asked: string[];
}

export interface TunnelOptions {
  /** `user:password` that it wants. */
  readonly credentials?: string;
  /** What it answers instead of connecting, such as `HTTP/1.1 502 Bad Gateway`; `""` for never an answer. */
  readonly refusal?: string;
  /** Makes it an https proxy. */
  readonly tls?: KeyAndCertificate;
}

/** A proxy that ends with the test; a `refusal` that changes counts from then on. */
export async function openTunnel(options: TunnelOptions = {}): Promise<Tunnel> {
  const { credentials, tls } = options;
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = tls ? createSecureServer(tls) : createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    const { refusal } = options;
    const target = request.url ?? "";
    asked.push(target);
    socket.on("error", () => {});
    const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
    if (wanted !== request.headers["proxy-authorization"]) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    } else if (refusal !== undefined) {
      if (refusal !== "") socket.end(`${refusal}\r\n\r\n`);
    } else {
      const { hostname, port } = new URL(`http://${target}`);
      const upstream = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      sockets.add(upstream);
      upstream.on("error", () => socket.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, asked };
}
