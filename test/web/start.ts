import { connect } from "node:net";
import { onTestFinished } from "vitest";
import type { ListenAddress } from "../../src/base/listen-address.ts";
import { onlyShard } from "../../src/base/shard.ts";
import { createEstate } from "../../src/estate/estate.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { createTaskStore, type TaskStore } from "../../src/tasks/task-store.ts";
import { type AppOptions, createApp } from "../../src/web/app.ts";
import { createScrapeLimits } from "../../src/web/limits.ts";
import { type Listener, listen } from "../../src/web/server.ts";
import { withEstate } from "../metrics/support.ts";
import { type ManualClock, manualClock, newYear } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";
import { sources } from "../support/task-records.ts";

/** A listener that closes with the test. */
export async function listening(
  app: Parameters<typeof listen>[0],
  where: ListenAddress = { host: "127.0.0.1", port: 0 },
): Promise<Listener> {
  const listener = await listen(app, where);
  onTestFinished(() => listener.close(0));
  return listener;
}

export interface Web {
  readonly url: string;
  readonly listener: Listener;
  readonly store: TaskStore;
  readonly errors: readonly Error[];
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof recordedLog>;
  setReady(ready: boolean): void;
}

export interface WebOptions extends Partial<AppOptions> {
  readonly tasks?: number;
  readonly where?: ListenAddress;
  /** Default 40. */
  readonly maxRequests?: number;
}

/** The exporter's web side over a store with `tasks` tasks, ready. */
export async function startWeb(options: WebOptions = {}): Promise<Web> {
  const { tasks = 1, where, maxRequests = 40, ...rest } = options;
  const clock = manualClock();
  const log = recordedLog();
  const store = createTaskStore();
  const origin = { collector: "nightly", labels: {} };
  const members = Array.from({ length: tasks }, (_, at) => ({
    project: "p",
    taskId: `t${at}`,
    origin,
    dueAt: newYear,
  }));
  store.setSources(sources({ nightly: members }));
  const metrics = createMetrics({ build: { version: "1", revision: "r", nodeVersion: "v" }, clock });
  const exposition = metrics.expose({ ...withEstate(store), projects: () => [], collectors: () => [] });
  const errors: Error[] = [];
  let ready = true;
  const app = createApp({
    exposition,
    store,
    shard: onlyShard,
    resources: () => [],
    inventory: () => ({ estate: createEstate(), lists: [] }),
    clock,
    version: "1.2.3",
    routePrefix: "/",
    telemetryPath: "/metrics",
    isReady: () => ready,
    shownConfig: () => "projects: []\n",
    limits: createScrapeLimits({ maxRequests, clock, log }),
    onError: (error) => errors.push(error),
    ...rest,
  });
  const listener = await listening(app, where);
  return {
    url: `http://${listener.address}`,
    listener,
    store,
    errors,
    clock,
    log,
    setReady: (is) => {
      ready = is;
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request as plain sockets see it: its first line, `GET /metrics`, and the headers that it has of its own. */
export function ask(
  { listener }: Pick<Web, "listener">,
  line: string,
  headers: readonly string[] = [],
): Promise<RawAnswer> {
  return raw(listener.address, [`${line} HTTP/1.1`, "Host: x", ...headers, "Connection: close", "", ""].join("\r\n"));
}

/** Sends bytes as they are and reads until the server closes; nothing of a client's good manners is added. */
export async function raw(address: string, request: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(`http://${address}`);
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/[[\]]/g, ""), port: Number(port) });
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer within 5 s")));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.write(request);
  });
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf("\r\n\r\n");
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.replace(/^[^:]*: */, "")]);
  return { status: Number(first.split(" ")[1]), headers: Object.fromEntries(headers), body: bytes.subarray(end + 4) };
}
