import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import type { ErrorBodyOf } from "./errors.ts";
import { createEstate } from "./estate/create-estate.ts";
import type { Estate } from "./estate/estate.ts";
import { type Answer, type SimulatorEnv, toResponse } from "./exchange.ts";
import { type FaultBook, faultBook } from "./faults/book.ts";
import { type Fault, faultKinds } from "./faults/kinds.ts";
import { later } from "./faults/wire.ts";
import { type Access, userKey } from "./gateway.ts";
import type { Body, ListingManner } from "./listing.ts";
import {
  defaultKey,
  defaultToken,
  defaultTokenBytes,
  defaultTokenSeconds,
  defaultUser,
  type SimulatorOptions,
} from "./options.ts";
import { keyRing } from "./signature.ts";
import { demoTasks } from "./tasks/demo-tasks.ts";
import { createFleet } from "./tasks/fleet.ts";
import { type OperationLogBody, type SimTask, vendorProjectId } from "./tasks/sim-task.ts";
import { seededFraction } from "./tasks/values.ts";
import { tokenBook } from "./tokens.ts";

/** What all routes share: who may come in, the tasks, and what goes wrong. */
export interface Cloud {
  readonly access: Access;
  readonly faults: FaultBook;
  readonly listing: ListingManner;
  readonly requests: RequestLog;
  /** Called with each ShowOpLog request before anything is checked. */
  received(id: string): void;
  /** Called with each request of an operation beside ShowOpLog before anything is checked. */
  asked(operation: Operation): void;
  /** How often it was, whatever came of it. */
  timesAsked(operation: Operation): number;
  /** Requests whose answers do not end before their clients go. */
  readonly heldBack: Set<ServerResponse>;
  /** Undefined: there is no such service. */
  readonly metadata: SimulatorOptions["metadata"];
  /** Adds a task or replaces one; its time begins now. */
  setTask(task: SimTask): void;
  removeTask(id: string): void;
  ids(): Iterable<string>;
  operationLog(id: string, projectId: string): OperationLogBody | undefined;
  /** What is protected now; nothing without a fleet. */
  estate(projectId: string): Estate;
  /** As somebody deletes it by hand; no task tells of it. */
  removeBackup(id: string): void;
  /** What is made of each record of a list, by the list's key, before it goes out. */
  readonly changes: Map<string, (record: Body) => Body>;
  /** Milliseconds that the next answer takes. */
  latency(): number;
  now(): number;
}

export function createCloud(options: SimulatorOptions): Cloud {
  const { seed = 1, now = Date.now, latencyMs = [5, 40] } = options;
  const tasks = new Map<string, { readonly task: SimTask; readonly beganMs: number }>();
  const setTask = (task: SimTask) => void tasks.set(task.id, { task, beganMs: now() });
  for (const task of options.tasks ?? demoTasks(seed)) setTask(task);
  const fleet = options.fleet?.resources ? createFleet({ ...options.fleet, seed }, now()) : undefined;
  const removedBackups = new Set<string>();
  const estateAt = fleet && createEstate(fleet, options.fleet?.days ?? 0, removedBackups);
  const moveFleet = (): void => {
    const { come, gone } = fleet?.look(now()) ?? { come: [], gone: [] };
    for (const task of come) setTask(task);
    for (const id of gone) tasks.delete(id);
  };
  const requests = requestLog();
  const timesAsked = new Map<Operation, number>();
  return {
    access: accessOf(options, now),
    faults: faultBook(),
    listing: options.listing ?? {},
    requests,
    received(id) {
      const at = now();
      requests.add(id, at);
      options.onRequest?.({ id, at });
    },
    asked: (operation) => void timesAsked.set(operation, (timesAsked.get(operation) ?? 0) + 1),
    timesAsked: (operation) => timesAsked.get(operation) ?? 0,
    heldBack: new Set(),
    metadata: options.metadata,
    setTask,
    removeTask: (id) => void tasks.delete(id),
    ids() {
      moveFleet();
      return tasks.keys();
    },
    operationLog(id, projectId) {
      moveFleet();
      const entry = tasks.get(id);
      return entry?.task.body({ beganMs: entry.beganMs, elapsedMs: now() - entry.beganMs, projectId });
    },
    estate(projectId) {
      moveFleet();
      return estateAt?.(now(), projectId) ?? { ...nothing, projectId, nowMs: now() };
    },
    removeBackup: (id) => void removedBackups.add(id),
    changes: new Map(),
    latency: () => latencyMs[0] + (latencyMs[1] - latencyMs[0]) * seededFraction(`${seed}/${requests.count()}`),
    now,
  };
}

const nothing = { vaults: [], policies: [], backups: [], outside: [], retentionDays: 1 };

/** How often and when tasks were asked for. */
interface RequestLog {
  add(id: string, at: number): void;
  /** Requests of `id`, or of all ids. */
  count(id?: string): number;
  /** When the last 256 requests of `id` came, oldest first, in milliseconds since 1970. */
  times(id: string): readonly number[];
}

/** Clients can ask for any id: beyond 100 000 they count in the total alone. */
function requestLog(): RequestLog {
  const seen = new Map<string, { count: number; readonly times: number[] }>();
  let total = 0;
  return {
    add(id, at) {
      total++;
      const entry = seen.get(id) ?? { count: 0, times: [] };
      if (entry.count === 0 && seen.size >= 100_000) return;
      seen.set(id, entry);
      entry.count++;
      entry.times.push(at);
      if (entry.times.length > 256) entry.times.shift();
    },
    count: (id) => (id === undefined ? total : (seen.get(id)?.count ?? 0)),
    times: (id) => [...(seen.get(id)?.times ?? [])],
  };
}

const never = Date.UTC(2099, 11, 31, 23, 59, 59);

/** Users, projects, tokens and keys, as the options want them. */
function accessOf(options: SimulatorOptions, now: () => number): Access {
  const { users = [defaultUser], keys = [defaultKey], tokenExpiresAtMs = never, mayListProjects = false } = options;
  const { projectId = vendorProjectId, projectName = "ap-southeast-1", token = defaultToken } = options;
  const { tokenSeconds = defaultTokenSeconds, tokenBytes = defaultTokenBytes, otherTokens } = options;
  const owner = users[0] ?? { domain: "demo", name: "nobody" };
  const projects = [{ id: projectId, name: projectName, token }, ...(options.projects ?? [])];
  const tokens = tokenBook(tokenSeconds, tokenBytes, now);
  for (const { id, token: text } of projects) {
    const lasting = { domain: owner.domain, user: owner.name, projectId: id, issuedMs: now() };
    if (text !== undefined) tokens.add({ ...lasting, text, expiresMs: id === projectId ? tokenExpiresAtMs : never });
  }
  return {
    projects: new Map(projects.map((project) => [project.id, project])),
    users: new Map(users.map((user) => [userKey(user), user])),
    tokens,
    keys: keyRing(keys, now),
    otherTokens,
    mayListProjects,
    owner,
  };
}

/** What a client may ask beside ShowOpLog, and the group that each belongs to; both are targets of faults. */
const operations = {
  ListOpLogs: "cbr:list",
  ListVault: "vaults",
  ListPolicies: "policies",
  ListBackups: "backups",
  ListProtectable: "protectables",
  KeystoneCreateToken: "iam:tokens",
  KeystoneValidateToken: "iam:tokens",
  KeystoneListProjects: "iam:projects",
  KeystoneListAuthProjects: "iam:projects",
  GetSecurityKey: "metadata",
  MetadataToken: "metadata",
} as const;

export type Operation = keyof typeof operations;

export const targetsOf = (operation: Operation): readonly string[] => [operation, operations[operation]];

interface Route {
  /** Whose faults strike: the task's or operation's own come before those of all that it belongs to. */
  readonly targets: readonly string[];
  /** Of the API that answers. */
  readonly errorBodyOf: ErrorBodyOf;
  /** What the gateway says; faults strike what it lets through. */
  readonly refusal?: () => Promise<Answer | undefined>;
}

/** Answers `right`, made at that moment, or as wrongly as a fault says; late, as all answers are. */
export async function respond(
  c: Context<SimulatorEnv>,
  cloud: Cloud,
  { targets, errorBodyOf, refusal }: Route,
  right: (fault?: Fault) => Answer,
): Promise<Response> {
  const { outgoing } = c.env;
  // Node would send the machine's time.
  const setDate = () => outgoing.setHeader("date", new Date(cloud.now()).toUTCString());
  const send = (answer: Answer) => {
    setDate();
    return toResponse(answer);
  };
  await later(cloud.latency());
  const refused = await refusal?.();
  if (refused) return send(refused);
  const fault = cloud.faults.strike(targets);
  if (!fault) return send(right());
  setDate();
  const holdBack = (): void => {
    cloud.heldBack.add(outgoing.once("close", () => cloud.heldBack.delete(outgoing)));
  };
  const spoiled = { right: () => right(fault), errorBodyOf, nowMs: cloud.now(), outgoing, holdBack };
  const answer = await faultKinds[fault.kind].play(fault, spoiled);
  return answer ? send(answer) : RESPONSE_ALREADY_SENT;
}

/** Answers one of IAM or the metadata service, whose faults strike before any password or token is looked at. */
export function respondTo(
  operation: Operation,
  c: Context<SimulatorEnv>,
  cloud: Cloud,
  errorBodyOf: ErrorBodyOf,
  right: () => Answer,
): Promise<Response> {
  cloud.asked(operation);
  return respond(c, cloud, { targets: targetsOf(operation), errorBodyOf }, right);
}
