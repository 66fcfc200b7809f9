import { parseArgs } from "node:util";
import { parseListenAddress } from "../base/listen-address.ts";
import { faultHelp, readFaultFlag } from "./faults/read.ts";
import type { SimUser } from "./gateway.ts";
import { defaultKey, defaultToken, defaultTokenBytes, defaultTokenSeconds, defaultUser } from "./options.ts";
import type { SimKey } from "./signature.ts";
import { vendorExample, vendorProjectId } from "./tasks/sim-task.ts";

const options = {
  "listen-address": { type: "string", default: "127.0.0.1:0" },
  token: { type: "string", default: defaultToken },
  "project-id": { type: "string", default: vendorProjectId },
  user: { type: "string", multiple: true, default: [] as string[] },
  "may-list-projects": { type: "boolean", default: false },
  "token-life": { type: "string", default: String(defaultTokenSeconds) },
  "token-bytes": { type: "string", default: String(defaultTokenBytes) },
  "access-key": { type: "string", multiple: true, default: [] as string[] },
  metadata: { type: "boolean", default: false },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  seed: { type: "string", default: "1" },
  tasks: { type: "string", default: "0" },
  resources: { type: "string", default: "0" },
  days: { type: "string", default: "30" },
  "list-order": { type: "string" },
  "list-count": { type: "string" },
  "list-time": { type: "string", default: "created_at" },
  "list-repeats": { type: "boolean", default: false },
  latency: { type: "string", default: "5-40" },
  fault: { type: "string", multiple: true, default: [] as string[] },
  help: { type: "boolean", default: false },
} as const;

/** The command line of `npm run simulator`, read. */
export type SimulatorFlags = ReturnType<typeof flagsOf>;

/** @returns the flags, `"help"`, or one line that says what is wrong */
export function parseSimulatorFlags(args: readonly string[]): SimulatorFlags | "help" | { readonly error: string } {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    return values.help ? "help" : flagsOf(values);
  } catch (error) {
    const { message } = error as Error;
    // Node's own messages go on with advice after the first sentence.
    return { error: (message.split(/\n|\. To specify/)[0] ?? message).trim() };
  }
}

/** @throws Error with one line for the first flag whose value is wrong */
function flagsOf(values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"]) {
  const listen = parseListenAddress(values["listen-address"]);
  if (!listen) throw wrong("listen-address", "must be :port, host:port or [v6]:port");
  if (!/^[\x21-\x7e]+$/.test(values.token)) throw wrong("token", "must be printable ASCII without blanks");
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(values["project-id"])) throw wrong("project-id", "must match [A-Za-z0-9_-]{1,64}");
  const [cert, key] = [values["tls-cert"], values["tls-key"]];
  if ((cert === undefined) !== (key === undefined)) throw wrong("tls-cert", "goes with --tls-key");
  const [order, count] = [values["list-order"], values["list-count"]];
  const resources = wholeNumber("resources", values.resources, 10_000);
  return {
    host: "",
    ...listen,
    /** Where certificate and key are. */
    ...(cert !== undefined && key !== undefined && { tlsFiles: { cert, key } }),
    token: values.token,
    projectId: values["project-id"],
    users: values.user.length > 0 ? values.user.map(userOf) : [defaultUser],
    mayListProjects: values["may-list-projects"],
    tokenSeconds: wholeNumber("token-life", values["token-life"], 1e9),
    // More than a header may hold, so that a client's limit can be met.
    tokenBytes: wholeNumber("token-bytes", values["token-bytes"], 1024 * 1024),
    keys: values["access-key"].length > 0 ? values["access-key"].map(keyOf) : [defaultKey],
    ...(values.metadata && { metadata: {} }),
    seed: wholeNumber("seed", values.seed, Number.MAX_SAFE_INTEGER),
    /** Generated tasks beside the demo's. */
    tasks: wholeNumber("tasks", values.tasks, 1_000_000),
    ...(resources > 0 && { fleet: { resources, days: wholeNumber("days", values.days, 400) } }),
    listing: {
      ...(order !== undefined && { order: oneOf("list-order", order, ["id", "newest", "any"]) }),
      ...(count !== undefined && { count: oneOf("list-count", count, ["page", "total"]) }),
      timeOf: oneOf("list-time", values["list-time"], ["created_at", "started_at"]),
      repeats: values["list-repeats"],
    },
    latencyMs: latencyOf(values.latency),
    faults: values.fault.map((value) => {
      const fault = readFaultFlag(value);
      if (typeof fault === "string") throw wrong("fault", fault);
      return fault;
    }),
  };
}

function userOf(text: string): SimUser {
  const [, domain, name, password] = /^([^/]+)\/([^:]+):(.+)$/.exec(text) ?? [];
  if (!domain || !name || !password) throw wrong("user", "must be DOMAIN/NAME:PASSWORD");
  return { domain, name, password };
}

function keyOf(text: string): SimKey {
  const [, access, secret] = /^([^\s:,]+):(.+)$/.exec(text) ?? [];
  if (!access || !secret) throw wrong("access-key", "must be AK:SK");
  return { access, secret };
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw wrong(flag, `must be a whole number from 0 to ${max}`);
  return value;
}

function oneOf<T extends string>(flag: string, text: string, words: readonly T[]): T {
  const word = words.find((each) => each === text);
  if (word === undefined) throw wrong(flag, `must be one of ${words.join(", ")}`);
  return word;
}

function latencyOf(text: string): readonly [number, number] {
  const [, least, most = least] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? [];
  if (!least || Number(most) < Number(least)) throw wrong("latency", "must be milliseconds, as 20 or 5-40");
  return [Number(least), Number(most)];
}

const wrong = (flag: string, says: string) => new Error(`--${flag}: ${says}`);

/** What `--help` prints. */
export const simulatorHelp = `Usage: npm run simulator -- [flags]

A small Huawei Cloud CBR with tasks that move, for the demo, the tests and any other client; with IAM on the same port.

  --listen-address=127.0.0.1:0   :port, host:port or [v6]:port; port 0 picks a free one
  --tls-cert=FILE, --tls-key=FILE   HTTPS with this certificate and key (PEM)
  --token=${defaultToken}             an X-Auth-Token that is always right
  --project-id=ID                default ${vendorProjectId}
  --user=DOMAIN/NAME:PASSWORD    repeatable; who can log in. Default ${defaultUser.domain}/${defaultUser.name}:${defaultUser.password}
  --may-list-projects            GET /v3/projects answers; without it IAM refuses, as it does to a plain reader
  --token-life=${defaultTokenSeconds}             seconds that a login's token lives
  --token-bytes=${defaultTokenBytes}             length of a login's token; the cloud's can have 20480
  --access-key=AK:SK             repeatable; who can sign. Default ${defaultKey.access}:${defaultKey.secret}
  --metadata                     also a server's metadata service, with temporary keys
  --seed=1                       the same seed, the same tasks
  --tasks=0                      adds so many generated tasks
  --resources=0, --days=30       adds servers that are backed up every night, and how long the cloud remembers that;
                                 with the vaults that they are in, their policy and their backups
  --list-order=ORDER             of lists: id, newest (records move between pages) or any. Default: backups newest first,
                                 all others by id
  --list-count=COUNT             what their count says: page or total. Default: page of ListOpLogs, total of all others
  --list-time=created_at         what start_time and end_time of ListOpLogs bound: created_at or started_at
  --list-repeats                 pages begin with the last record of the page before
  --latency=5-40                 milliseconds of an answer
  --fault=ID=kind[:arg]          repeatable; ID is a task's id, or * for all tasks, or a target named below
  --help

GET / lists the ids of all tasks. ShowOpLog is GET /v3/{project_id}/operation-logs/{id}.
ListOpLogs is GET /v3/{project_id}/operation-logs, with its filters, limit and offset. So are ListVault (/vaults),
ListPolicies (/policies), ListBackups (/backups; also sort and marker) and ListProtectable (/protectables/{type}/instances).
IAM: POST and GET /v3/auth/tokens, GET /v3/auth/projects, GET /v3/projects. DELETE /simulator/tokens revokes all tokens, with the header
X-Subject-Token that one. More than five wrong signatures in a row lock a key for five minutes, as in the cloud.
With --metadata: PUT /meta-data/latest/api/token, GET /openstack/latest/securitykey.

${faultHelp()}
The long form is JSON: --fault='*={"kind":"throttle","retryAfter":5,"retryAfterAs":"date","times":3,"every":2}'
("times": heals after so many strikes; "every": strikes each nth request only).
Targets beside tasks: cbr:list (ListOpLogs), vaults (ListVault), policies (ListPolicies), backups (ListBackups),
protectables (ListProtectable), all of which * strikes too; iam:tokens (KeystoneCreateToken, KeystoneValidateToken),
iam:projects (KeystoneListProjects, KeystoneListAuthProjects), metadata (MetadataToken, GetSecurityKey); one operation
alone by its name.
While it runs: PUT /simulator/faults/{id or *} with that JSON, DELETE /simulator/faults/{id or *}, GET /simulator/faults.
`;

/** The log line that scripts wait for, in the project's logfmt form. @param nowMs milliseconds since 1970 */
export function listeningLine(address: string, nowMs: number): string {
  return `time=${new Date(nowMs).toISOString()} level=info msg="Listening on" address=${address}\n`;
}

/** The lines for people. @param url where it listens */
export function greeting(
  url: string,
  { token, projectId, users, keys }: Pick<SimulatorFlags, "token" | "projectId" | "users" | "keys">,
): string {
  const user = users.map(({ domain, name, password }) => `  user:        ${name} of ${domain}, password ${password}\n`);
  const key = keys.map(({ access, secret }) => `  access key:  ${access}, secret ${secret}\n`);
  return `CBR simulator: ${url}
  token:       ${token}
${user.join("")}${key.join("")}  project id:  ${projectId}
  all ids:     curl ${url}/
  one task:    curl -H 'X-Auth-Token: ${token}' ${url}/v3/${projectId}/operation-logs/${vendorExample.id}
`;
}
