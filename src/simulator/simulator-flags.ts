import { parseArgs } from "node:util";
import { listenAddress } from "./listen-address.ts";
import { faultKinds } from "./parse-fault.ts";
import { parseFaultFlag, type TargetedFault } from "./parse-fault-flag.ts";
import { defaultToken } from "./simulator.ts";
import { vendorProjectId } from "./vendor-example.ts";

/** The command line of `npm run simulator`, read. */
export interface SimulatorFlags {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly projectId: string;
  readonly seed: number;
  /** Generated tasks beside the demo's. */
  readonly tasks: number;
  readonly latencyMs: readonly [number, number];
  readonly faults: readonly TargetedFault[];
}

const options = {
  "listen-address": { type: "string", default: "127.0.0.1:0" },
  token: { type: "string", default: defaultToken },
  "project-id": { type: "string", default: vendorProjectId },
  seed: { type: "string", default: "1" },
  tasks: { type: "string", default: "0" },
  latency: { type: "string", default: "5-40" },
  fault: { type: "string", multiple: true, default: [] as string[] },
  help: { type: "boolean", default: false },
} as const;

/** What `--help` prints. */
export const simulatorHelp = `Usage: npm run simulator -- [flags]

A small Huawei Cloud CBR with tasks that move, for the demo, the tests and any other client.

  --listen-address=127.0.0.1:0   :port, host:port or [v6]:port; port 0 picks a free one
  --token=${defaultToken}             the X-Auth-Token that is right
  --project-id=ID                default ${vendorProjectId}
  --seed=1                       the same seed, the same tasks
  --tasks=0                      adds so many generated tasks
  --latency=5-40                 milliseconds of an answer
  --fault=ID=kind[:arg]          repeatable; ID is a task's id, or * for all
  --help

GET / lists the ids of all tasks. ShowOpLog is GET /v3/{project_id}/operation-logs/{id}.

Faults: ${faultKinds.slice(0, 9).join(", ")},
        ${faultKinds.slice(9).join(", ")}.
  throttle[:seconds or text]     429, with Retry-After when given
  server-error[:status]          500
  status:code                    any status, with the cloud's body for it
  wrong-shape[:object|null|list] {}, {"operation_log": null}, []
  foreign-id[:id]                the right answer under another id
  redirect[:location]            302
  raw:body                       200 with that body
  slow-body[:ms]                 one byte every ms (100), without an end
  huge-body:bytes                the right answer, padded
  latency:ms                     the right answer, later
  Without an argument: broken-json, html, empty, hang, cut, cut-body, endless-body.
The long form is JSON: --fault='*={"kind":"throttle","retryAfter":5,"retryAfterAs":"date","times":3,"every":2}'
("times": heals after so many strikes; "every": strikes each nth request only).
While it runs: PUT /simulator/faults/{id or *} with that JSON, DELETE /simulator/faults/{id or *}, GET /simulator/faults.
`;

/** @returns the flags, `"help"`, or one line that says what is wrong */
export function parseSimulatorFlags(args: readonly string[]): SimulatorFlags | "help" | { readonly error: string } {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    return values.help ? "help" : flagsOf(values);
  } catch (error) {
    return { error: firstLine((error as Error).message) };
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** @throws Error with one line for the first flag whose value is wrong */
function flagsOf(values: Values): SimulatorFlags {
  const listen = listenAddress(values["listen-address"]);
  if (!listen) throw wrong("listen-address", "must be :port, host:port or [v6]:port");
  if (!/^[\x21-\x7e]+$/.test(values.token)) throw wrong("token", "must be printable ASCII without blanks");
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(values["project-id"])) throw wrong("project-id", "must match [A-Za-z0-9_-]{1,64}");
  return {
    ...listen,
    token: values.token,
    projectId: values["project-id"],
    seed: wholeNumber("seed", values.seed, Number.MAX_SAFE_INTEGER),
    tasks: wholeNumber("tasks", values.tasks, 1_000_000),
    latencyMs: latencyOf(values.latency),
    faults: values.fault.map((value) => {
      const fault = parseFaultFlag(value);
      if (typeof fault === "string") throw wrong("fault", fault);
      return fault;
    }),
  };
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw wrong(flag, `must be a whole number from 0 to ${max}`);
  return value;
}

function latencyOf(text: string): readonly [number, number] {
  const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text);
  const least = Number(match?.[1]);
  const most = Number(match?.[2] ?? match?.[1]);
  if (!match || most < least) throw wrong("latency", "must be milliseconds, as 20 or 5-40");
  return [least, most];
}

const wrong = (flag: string, says: string) => new Error(`--${flag}: ${says}`);

/** Node's own messages go on with advice after the first sentence. */
function firstLine(message: string): string {
  return (message.split(/\n|\. To specify/)[0] ?? message).trim();
}
