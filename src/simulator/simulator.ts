import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { cbrApp } from "./cbr-app.ts";
import { demoTasks } from "./demo-tasks.ts";
import type { Fault } from "./fault.ts";
import { faultBook } from "./fault-book.ts";
import { faultRoutes } from "./fault-routes.ts";
import type { SimUser } from "./identity/directory.ts";
import { iamApp } from "./identity/iam-app.ts";
import { type Listener, listen } from "./listener.ts";
import { metadataApp } from "./metadata/metadata-app.ts";
import type { MetadataOptions } from "./metadata/metadata-options.ts";
import { requestLog } from "./request-log.ts";
import { seededFraction } from "./seeded.ts";
import type { SideOperation } from "./side-operation.ts";
import type { SimKey } from "./signature/sim-key.ts";
import type { SimTask } from "./sim-task.ts";
import { simulatorAccess } from "./simulator-access.ts";
import type { SimulatorOptions } from "./simulator-options.ts";
import { tokenRoutes } from "./token-routes.ts";
import { vendorProjectId } from "./vendor-example.ts";

export { defaultToken, type SimulatorOptions } from "./simulator-options.ts";

/** A small CBR that listens, with the IAM and the metadata service that let its clients in. */
export interface Simulator extends Listener {
  /** @param target a task's id, `*` for all tasks, a {@link SideOperation} or a group of them; `undefined` heals */
  setFault(target: string, fault: Fault | undefined): void;
  /** Adds a task or replaces one; its time begins now. */
  setTask(task: SimTask): void;
  removeTask(id: string): void;
  /** How many ShowOpLog requests have come, for one id or in all. */
  requests(id?: string): number;
  /** When the last 256 of them came, oldest first, in milliseconds since 1970. */
  requestTimes(id: string): readonly number[];
  /** How many requests of IAM or the metadata service have come, refused ones included. */
  requestsOf(operation: SideOperation): number;
  /** A token as IAM gives it, without a login. Default: of the first project, for as long as the others. */
  issueToken(request?: { readonly projectId?: string; readonly lifeSeconds?: number }): string;
  /** One token, or all of them, the static ones included. */
  revokeTokens(text?: string): void;
  /** Adds a user, or changes its password; tokens that it has stay right. */
  setUser(user: SimUser): void;
  /** Adds a key, or changes and unlocks it. */
  setKey(key: SimKey): void;
  removeKey(access: string): void;
  /** Changes the metadata service, or takes it away. */
  setMetadata(options: MetadataOptions | undefined): void;
}

/** @throws what `listen` throws, e.g. `EADDRINUSE` */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = "127.0.0.1", port = 0, tls, projectId = vendorProjectId } = options;
  const { seed = 1, now = Date.now, latencyMs = [5, 40], onRequest } = options;
  const tasks = new Map<string, { readonly task: SimTask; readonly beganMs: number }>();
  const faults = faultBook();
  const log = requestLog();
  const sideLog = new Map<SideOperation, number>();
  const access = simulatorAccess(options, now);
  let { metadata } = options;
  const setTask = (task: SimTask) => void tasks.set(task.id, { task, beganMs: now() });
  for (const task of options.tasks ?? demoTasks(seed)) setTask(task);

  const latency = () => latencyMs[0] + (latencyMs[1] - latencyMs[0]) * seededFraction(`${seed}/${log.count()}`);
  const asked = (operation: SideOperation) => void sideLog.set(operation, (sideLog.get(operation) ?? 0) + 1);
  const shared = { faults, latency, now, asked };
  const app = cbrApp({
    access,
    ...shared,
    ids: () => tasks.keys(),
    operationLog(id, project) {
      const entry = tasks.get(id);
      return entry?.task.body({ beganMs: entry.beganMs, elapsedMs: now() - entry.beganMs, projectId: project });
    },
    received(id) {
      const at = now();
      log.add(id, at);
      onRequest?.({ id, at });
    },
  });
  app.route("/", iamApp({ access, ...shared }));
  app.route("/", metadataApp({ keys: access.keys, metadata: () => metadata, ...shared }));
  app.route("/simulator/faults", faultRoutes(faults));
  app.route("/simulator/tokens", tokenRoutes(access.tokens));

  /** Node would send the machine's time. */
  async function fetch(...request: Parameters<typeof app.fetch>): Promise<Response> {
    const response = await app.fetch(...request);
    if (response !== RESPONSE_ALREADY_SENT && !response.headers.has("date")) {
      response.headers.set("date", new Date(now()).toUTCString());
    }
    return response;
  }

  const { domain, name: user } = access.owner;
  return {
    ...(await listen({ fetch: fetch as Parameters<typeof listen>[0]["fetch"], host, port, tls })),
    setFault: (target, fault) => void faults.set(target, fault),
    setTask,
    removeTask: (id) => void tasks.delete(id),
    requests: (id) => log.count(id),
    requestTimes: (id) => log.times(id),
    requestsOf: (operation) => sideLog.get(operation) ?? 0,
    issueToken: (request) => access.tokens.issue({ domain, user, projectId, ...request }).text,
    revokeTokens: (text) => access.tokens.revoke(text),
    setUser: (user) => access.directory.setUser(user),
    setKey: (key) => access.keys.set(key),
    removeKey: (accessKey) => access.keys.remove(accessKey),
    setMetadata: (changed) => {
      metadata = changed;
    },
  };
}
