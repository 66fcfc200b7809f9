import { type Fields, isObject, wholeFrom } from "./fields.ts";
import { type Fault, faultKinds } from "./kinds.ts";

const recurrence = { times: wholeFrom(1, 1e9), every: wholeFrom(1, 1e9) };

/** @returns the fault that `value` (parsed JSON) describes, or one line that says what is wrong with it */
export function readFault(value: unknown): Fault | string {
  if (!isObject(value)) return "a fault is an object with a kind";
  const { kind } = value;
  if (!isKind(kind)) return `kind must be one of ${Object.keys(faultKinds).join(", ")}`;
  const { needs = {}, takes } = faultKinds[kind];
  const fields: Fields = { ...needs, ...takes, ...recurrence };
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (key !== "kind" && !field) return `${kind}: unknown key ${JSON.stringify(key)}`;
    if (field && !field.isRight(value[key])) return `${kind}: ${key} ${field.says}`;
  }
  for (const [key, { says }] of Object.entries(needs)) {
    if (!(key in value)) return `${kind}: ${key} ${says}`;
  }
  return value as unknown as Fault;
}

/** A fault and whom it strikes: a task's id, `*` for all tasks, an operation or a group of them. */
export interface TargetedFault {
  readonly target: string;
  readonly fault: Fault;
}

/**
 * Reads `ID=kind[:arg]` or `ID={"kind":…}`, the value of `--fault`.
 * @returns the fault, or one line that says what is wrong
 */
export function readFaultFlag(flag: string): TargetedFault | string {
  const equals = flag.indexOf("=");
  if (equals < 1) return `must be ID=kind[:arg], but is ${JSON.stringify(flag)}`;
  const [target, described] = [flag.slice(0, equals), flag.slice(equals + 1)];
  const fault = described.startsWith("{") ? readJson(described) : readShort(described);
  return typeof fault === "string" ? fault : { target, fault };
}

function readJson(text: string): Fault | string {
  try {
    return readFault(JSON.parse(text));
  } catch {
    return "is not valid JSON";
  }
}

/** `kind` or `kind:arg`. */
function readShort(text: string): Fault | string {
  const [, kind = "", argument] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (argument === undefined) return readFault({ kind });
  const entry = isKind(kind) ? faultKinds[kind] : undefined;
  if (!entry?.argument) return `${kind} takes no argument`;
  const { key } = entry.argument;
  const field = { ...entry.needs, ...entry.takes }[key];
  const isNumber = /^\d+$/.test(argument) && field?.isRight(Number(argument));
  return readFault({ kind, [key]: isNumber ? Number(argument) : argument });
}

function isKind(text: unknown): text is Fault["kind"] {
  return typeof text === "string" && Object.hasOwn(faultKinds, text);
}

/** The kinds, as `--help` lists them. */
export function faultHelp(): string {
  const names = Object.keys(faultKinds);
  const entries = Object.entries(faultKinds);
  // What clients meet most stands first.
  const lines = [...new Set(["throttle", "server-error", "status", ...names])].flatMap((name) => {
    const { argument } = faultKinds[name as Fault["kind"]];
    return argument ? [`  ${`${name}${argument.usage}`.padEnd(31)}${argument.help}`] : [];
  });
  const bare = entries.flatMap(([name, { argument }]) => (argument ? [] : [name]));
  return `Faults: ${names.slice(0, 9).join(", ")},
        ${names.slice(9).join(", ")}.
${lines.join("\n")}
  Without an argument: ${bare.join(", ")}.`;
}
