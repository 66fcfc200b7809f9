import type { Fault } from "./fault.ts";
import { parseFault } from "./parse-fault.ts";

/** The key that the one argument of `kind:arg` stands for. */
const argumentKey: Readonly<Record<string, string>> = {
  throttle: "retryAfter",
  "server-error": "status",
  "wrong-shape": "shape",
  "foreign-id": "id",
  status: "status",
  redirect: "location",
  raw: "body",
  "slow-body": "intervalMs",
  "huge-body": "bytes",
  latency: "ms",
};

const textKeys: ReadonlySet<string> = new Set(["id", "location", "body", "shape"]);

/** A fault and whom it strikes: a task's id, or `*` for all. */
export interface TargetedFault {
  readonly target: string;
  readonly fault: Fault;
}

/**
 * Reads `ID=kind[:arg]` or `ID={"kind":…}`, the value of `--fault`.
 * @returns the fault, or one line that says what is wrong
 */
export function parseFaultFlag(value: string): TargetedFault | string {
  const equals = value.indexOf("=");
  if (equals < 1) return `must be ID=kind[:arg], but is ${JSON.stringify(value)}`;
  const target = value.slice(0, equals);
  const described = describe(value.slice(equals + 1));
  const fault = typeof described === "string" ? described : parseFault(described.value);
  return typeof fault === "string" ? fault : { target, fault };
}

function describe(text: string): { readonly value: unknown } | string {
  if (text.startsWith("{")) {
    try {
      return { value: JSON.parse(text) };
    } catch {
      return "is not valid JSON";
    }
  }
  const colon = text.indexOf(":");
  if (colon < 0) return { value: { kind: text } };
  const kind = text.slice(0, colon);
  const argument = text.slice(colon + 1);
  const key = Object.hasOwn(argumentKey, kind) ? argumentKey[kind] : undefined;
  if (key === undefined) return `${kind} takes no argument`;
  return { value: { kind, [key]: !textKeys.has(key) && /^\d+$/.test(argument) ? Number(argument) : argument } };
}
