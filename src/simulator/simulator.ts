import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { cbrApp } from "./cbr-app.ts";
import { demoTasks } from "./demo-tasks.ts";
import type { Fault } from "./fault.ts";
import { faultBook } from "./fault-book.ts";
import { requestLog } from "./request-log.ts";
import { seededFraction } from "./seeded.ts";
import type { SimTask } from "./sim-task.ts";
import { vendorProjectId } from "./vendor-example.ts";

/** The token that the simulator takes unless told otherwise. */
export const defaultToken = "demo-token";

export interface SimulatorOptions {
  /** Default `127.0.0.1`; `""` listens on every address. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** The one `X-Auth-Token` that is right. Default `demo-token`. */
  readonly token?: string;
  /** Default: the vendor's example's. */
  readonly projectId?: string;
  /** Default: the demo's. */
  readonly tasks?: readonly SimTask[];
  /** Of the demo's tasks and the latencies. Default 1. */
  readonly seed?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Least and most milliseconds of an answer. Default 5 to 40. */
  readonly latencyMs?: readonly [number, number];
  /** Told of every ShowOpLog request as it arrives, wrong tokens included. */
  readonly onRequest?: (request: { readonly id: string; readonly at: number }) => void;
}

/** A small CBR that listens. */
export interface Simulator {
  /** `http://127.0.0.1:43567`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** `127.0.0.1:43567`, `[::]:43567`: where it really listens. */
  readonly address: string;
  /** @param target a task's id, or `*` for all; `undefined` heals */
  setFault(target: string, fault: Fault | undefined): void;
  /** Adds a task or replaces one; its time begins now. */
  setTask(task: SimTask): void;
  removeTask(id: string): void;
  /** How many ShowOpLog requests have come, for one id or in all. */
  requests(id?: string): number;
  /** When the last 256 of them came, oldest first, in milliseconds since 1970. */
  requestTimes(id: string): readonly number[];
  /** Ends at once, answers that hang included. */
  close(): Promise<void>;
}

/** @throws what `listen` throws, e.g. `EADDRINUSE` */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = "127.0.0.1", port = 0, token = defaultToken, projectId = vendorProjectId } = options;
  const { seed = 1, now = Date.now, latencyMs = [5, 40], onRequest } = options;
  const tasks = new Map<string, { readonly task: SimTask; readonly beganMs: number }>();
  const faults = faultBook();
  const log = requestLog();
  const setTask = (task: SimTask) => void tasks.set(task.id, { task, beganMs: now() });
  for (const task of options.tasks ?? demoTasks(seed)) setTask(task);

  const app = cbrApp({
    token,
    projectId,
    faults,
    ids: () => tasks.keys(),
    operationLog(id) {
      const entry = tasks.get(id);
      return entry?.task.body({ beganMs: entry.beganMs, elapsedMs: now() - entry.beganMs, projectId });
    },
    received(id) {
      const at = now();
      log.add(id, at);
      onRequest?.({ id, at });
    },
    latency: () => latencyMs[0] + (latencyMs[1] - latencyMs[0]) * seededFraction(`${seed}/${log.count()}`),
    now,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: "localhost", // for requests without a Host header
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: 128 * 1024 }, // tokens can be 16 KiB and more
  }) as Server;
  // An empty host is left out: Node then listens on `::`, or on `0.0.0.0` where there is no IPv6.
  server.listen({ port, ...(host !== "" && { host }) });
  await once(server, "listening");

  const bound = server.address() as AddressInfo;
  return {
    url: `http://${hostPort(reachable(bound.address), bound.port)}`,
    port: bound.port,
    address: hostPort(bound.address, bound.port),
    setFault: (target, fault) => void faults.set(target, fault),
    setTask,
    removeTask: (id) => void tasks.delete(id),
    requests: (id) => log.count(id),
    requestTimes: (id) => log.times(id),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** "Every address" is none that a client can call. */
function reachable(host: string): string {
  return host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host;
}
