import { parseArgs } from "node:util";
import type { SimUser } from "./identity/directory.ts";
import { listenAddress } from "./listen-address.ts";
import { parseFaultFlag, type TargetedFault } from "./parse-fault-flag.ts";
import type { SimKey } from "./signature/sim-key.ts";
import {
  defaultKeys,
  defaultToken,
  defaultTokenBytes,
  defaultTokenSeconds,
  defaultUsers,
} from "./simulator-options.ts";
import { vendorProjectId } from "./vendor-example.ts";

/** The command line of `npm run simulator`, read. */
export interface SimulatorFlags {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly projectId: string;
  readonly users: readonly SimUser[];
  readonly mayListProjects: boolean;
  readonly tokenSeconds: number;
  readonly tokenBytes: number;
  readonly keys: readonly SimKey[];
  /** Whether there is a metadata service. */
  readonly metadata: boolean;
  /** Where certificate and key are. */
  readonly tlsFiles?: { readonly cert: string; readonly key: string };
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
  latency: { type: "string", default: "5-40" },
  fault: { type: "string", multiple: true, default: [] as string[] },
  help: { type: "boolean", default: false },
} as const;

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
  const [cert, key] = [values["tls-cert"], values["tls-key"]];
  if ((cert === undefined) !== (key === undefined)) throw wrong("tls-cert", "goes with --tls-key");
  return {
    ...listen,
    ...(cert !== undefined && key !== undefined && { tlsFiles: { cert, key } }),
    token: values.token,
    projectId: values["project-id"],
    users: values.user.length > 0 ? values.user.map(userOf) : defaultUsers,
    mayListProjects: values["may-list-projects"],
    tokenSeconds: wholeNumber("token-life", values["token-life"], 1e9),
    // More than a header may hold, so that a client's limit can be met.
    tokenBytes: wholeNumber("token-bytes", values["token-bytes"], 1024 * 1024),
    keys: values["access-key"].length > 0 ? values["access-key"].map(keyOf) : defaultKeys,
    metadata: values.metadata,
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
