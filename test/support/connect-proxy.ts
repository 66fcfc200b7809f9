import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { KeyAndCertificate } from "./certificates.ts";

/** What the proxy does with a tunnel that is asked for: it opens it, answers a status, or behaves badly. */
export type ProxyManner = "open" | "hang" | "garbage" | "hang up" | "open and hang up" | number;

export interface ConnectProxyOptions {
  /** Where every tunnel ends, whatever it is asked for: names that nobody else resolves lead there alone. */
  readonly to: number;
  /** Absent: the proxy is reached over plain HTTP. */
  readonly tls?: KeyAndCertificate;
  /** `user:password` that must be sent. */
  readonly credentials?: string;
}

/** An HTTP proxy that knows CONNECT alone; closes with the test. */
export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  manner: ProxyManner;
  /** `host:port` of the tunnels that were asked for, oldest first. */
  readonly asked: string[];
  /** `user:password` that came with each, `""` where none did. */
  readonly credentials: string[];
  /** Requests of any other method: someone takes it for a proxy without tunnels. */
  readonly others: string[];
  /** Tunnels that are open now. */
  open(): number;
}

export async function connectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const { to, tls, credentials } = options;
  const server: Server = tls ? createSecureServer(tls) : createServer();
  const sockets = new Set<Socket>();
  const keep = <T extends Socket>(socket: T): T => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    return socket;
  };
  let tunnels = 0;
  const proxy = {
    manner: "open" as ProxyManner,
    asked: [] as string[],
    credentials: [] as string[],
    others: [] as string[],
    open: () => tunnels,
  };

  server.on("connection", keep);
  server.on("request", ({ method, url }, response) => {
    proxy.others.push(`${method} ${url}`);
    response.writeHead(405).end();
  });
  server.on("connect", ({ url = "", headers }: IncomingMessage, client: Socket) => {
    keep(client);
    const given = Buffer.from(headers["proxy-authorization"]?.replace(/^Basic /, "") ?? "", "base64").toString();
    proxy.asked.push(url);
    proxy.credentials.push(given);
    const refused = credentials !== undefined && given !== credentials;
    const manner = refused ? 407 : proxy.manner;
    if (typeof manner === "number") {
      const challenge = manner === 407 ? "Proxy-Authenticate: Basic realm=proxy\r\n" : "";
      // Proxies echo what they were asked for.
      const page = `<h1>${manner}</h1>${JSON.stringify(headers)}`;
      client.end(`HTTP/1.1 ${manner} No\r\n${challenge}Content-Length: ${page.length}\r\n\r\n${page}`);
    } else if (manner === "garbage") client.end("SSH-2.0-OpenSSH_9.2p1\r\n");
    else if (manner === "hang up") client.destroy();
    else if (manner === "open and hang up") client.end("HTTP/1.1 200 Connection established\r\n\r\n");
    else if (manner === "open") {
      const upstream = keep(connect(to, "127.0.0.1"));
      tunnels += 1;
      upstream.once("connect", () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
      upstream.once("close", () => {
        tunnels -= 1;
        client.destroy();
      });
      client.once("close", () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, port });
}
