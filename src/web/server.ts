import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import { formatAddress, type ListenAddress } from "../base/listen-address.ts";

/** One open listener. */
export interface Listener {
  /** `host:port`, with the port really bound. */
  readonly address: string;
  /** Takes no connection any more, ends the idle ones at once and the others after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** An address could not be listened on; one line that says why and what to do. */
export class BindError extends Error {
  override readonly name = "BindError";
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken; stop what listens there, or choose another",
  EACCES: "no right to use this port; choose one from 1024",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
};

/** @throws {BindError} */
// biome-ignore lint/suspicious/noExplicitAny: any app, whatever its bindings
export async function listen(app: Hono<any>, wanted: ListenAddress): Promise<Listener> {
  const onRequest = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler });
  const server = createServer(
    {
      // Slow clients: headers, the whole request, and how long an idle connection is kept.
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 90_000,
      connectionsCheckingInterval: 5_000,
    },
    onRequest,
  );
  // No answer depends on the host that a client names. The adaptor would refuse a request of HTTP/1.0, which need not name
  // one, and an IPv6 address that is not in its shortest form.
  server.prependListener("request", ({ headers }: IncomingMessage) => {
    headers.host = "localhost";
  });
  // A client that stops reading its answer; scrapes have limits of their own.
  server.setTimeout(120_000);
  server.maxConnections = 5_000;
  const { port, host } = wanted;
  await new Promise<void>((resolve, reject) => {
    // Not once: a connection that cannot be accepted later, for want of file descriptors, must not end the program.
    server.on("error", (error: NodeJS.ErrnoException) => {
      const where = formatAddress(host ?? "", port);
      reject(new BindError(`cannot listen on ${where}: ${reasons[error.code ?? ""] ?? error.code ?? error.message}`));
    });
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: formatAddress(bound.address, bound.port),
    close(graceMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        // Prometheus keeps its connection open; close() alone would wait for it.
        server.closeIdleConnections();
      });
    },
  };
}

/** The app answers its own errors; what is left is a target that is none. */
function errorHandler(error: unknown): Response {
  return error instanceof RequestError
    ? new Response("Bad request\n", { status: 400 })
    : new Response("Internal error\n", { status: 500 });
}
