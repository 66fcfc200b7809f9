import { cbrApp } from "./cbr.ts";
import { createCloud, type Operation } from "./cloud.ts";
import { faultRoutes } from "./faults/book.ts";
import type { Fault } from "./faults/kinds.ts";
import { type SimUser, userKey } from "./gateway.ts";
import { iamApp } from "./iam.ts";
import { type Listener, listen } from "./listener.ts";
import type { Body } from "./listing.ts";
import { metadataApp } from "./metadata.ts";
import type { SimulatorOptions } from "./options.ts";
import type { SimKey } from "./signature.ts";
import { type SimTask, vendorProjectId } from "./tasks/sim-task.ts";

export { defaultToken, type SimulatorOptions } from "./options.ts";

/** A small CBR that listens, with the IAM and the metadata service that let its clients in. */
export interface Simulator extends Listener {
  /** @param target a task's id, `*` for all tasks, an {@link Operation} or a group of them; `undefined` heals */
  setFault(target: string, fault: Fault | undefined): void;
  /** Adds a task or replaces one; its time begins now. */
  setTask(task: SimTask): void;
  removeTask(id: string): void;
  /** As somebody deletes it by hand; no task tells of it. */
  removeBackup(id: string): void;
  /** Each record of a list goes out as it is made by `change`, which filters and order do not see; `undefined`: as it is. */
  changeRecords(list: ListKey, change: ((record: Body) => Body) | undefined): void;
  /** How many ShowOpLog requests have come, for one id or in all. */
  requests(id?: string): number;
  /** When the last 256 of them came, oldest first, in milliseconds since 1970. */
  requestTimes(id: string): readonly number[];
  /** How many requests of IAM, the metadata service or a list have come, refused ones included. */
  requestsOf(operation: Operation): number;
  /** How many requests are without their whole answer on purpose, until their clients go. */
  heldBack(): number;
  /** A token as IAM gives it, without a login. Default: of the first project, for as long as the others. */
  issueToken(request?: { readonly projectId?: string; readonly lifeSeconds?: number }): string;
  /** One token, or all of them, the static ones included. */
  revokeTokens(text?: string): void;
  /** Adds a user, or changes its password; tokens that it has stay right. */
  setUser(user: SimUser): void;
  /** Adds a key, or changes and unlocks it. */
  setKey(key: SimKey): void;
  removeKey(access: string): void;
}

/** Under which lists have their records. */
type ListKey = "operation_logs" | "vaults" | "policies" | "backups" | "instances";

/** @throws what `listen` throws, e.g. `EADDRINUSE` */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = "127.0.0.1", port = 0, tls, projectId = vendorProjectId } = options;
  const cloud = createCloud(options);
  const { access, faults, requests, changes } = cloud;
  const app = cbrApp(cloud);
  app.route("/", iamApp(cloud));
  app.route("/", metadataApp(cloud));
  app.route("/simulator/faults", faultRoutes(faults));

  const { domain, name: user } = access.owner;
  return {
    ...(await listen({ fetch: app.fetch as Parameters<typeof listen>[0]["fetch"], host, port, tls })),
    setFault: (target, fault) => void faults.set(target, fault),
    setTask: cloud.setTask,
    removeTask: cloud.removeTask,
    removeBackup: cloud.removeBackup,
    changeRecords: (list, change) => void (change ? changes.set(list, change) : changes.delete(list)),
    requests: requests.count,
    requestTimes: requests.times,
    requestsOf: cloud.timesAsked,
    heldBack: () => cloud.heldBack.size,
    issueToken: (request) => access.tokens.issue({ domain, user, projectId, ...request }).text,
    revokeTokens: access.tokens.revoke,
    setUser: (changed) => void access.users.set(userKey(changed), changed),
    setKey: access.keys.set,
    removeKey: access.keys.remove,
  };
}
