import { parseArgs } from "node:util";
import { type ListenAddress, parseListenAddress } from "./base/listen-address.ts";
import { type Level, type LogFormat, logFormats, logLevels } from "./base/log.ts";
import { mostShards, onlyShard, type Shard } from "./base/shard.ts";
import type { Environment } from "./config/expand-variables.ts";
import { nearestKey } from "./config/nearest-key.ts";
import { parseDuration } from "./config/read/fields.ts";

/** What the command line asks for. */
export type Command =
  | { readonly run: "help" | "version" }
  | { readonly run: "check" | "check-cloud"; readonly configFile: string }
  | { readonly run: "serve"; readonly settings: Settings };

export interface Settings {
  /** Undefined for the demo, which brings its own. */
  readonly configFile: string | undefined;
  /** How often the content of the configuration is looked at; absent: never. */
  readonly autoReloadMs?: number;
  /** Folder in which facts outlast the program. */
  readonly storagePath?: string;
  /** Which part of the tasks is its own. */
  readonly shard: Shard;
  /** Whether `/-/reload` is allowed. */
  readonly lifecycle: boolean;
  readonly listen: readonly ListenAddress[];
  /** Begins and ends with a slash. */
  readonly routePrefix: string;
  /** Begins with a slash. */
  readonly telemetryPath: string;
  /** Answers to the telemetry path under way at once; 0: no limit. */
  readonly maxRequests: number;
  readonly logLevel: Level;
  readonly logFormat: LogFormat;
}

/** Wrong usage; one line that says what and what to do instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

interface Flag {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  readonly default?: string;
  readonly help: string;
}

const flags = {
  "config.file": { type: "string", default: "config.yaml", help: "YAML configuration" },
  "config.check": { type: "boolean", help: "check the configuration and every file it names, then exit 0 or 1" },
  "config.check-cloud": { type: "boolean", help: "the same, then log in to every project and report what works" },
  "config.enable-auto-reload": { type: "boolean", help: "reload when the content of the configuration changes" },
  "config.auto-reload-interval": { type: "string", default: "30s", help: "how often it is looked at" },
  demo: { type: "boolean", help: "needs no configuration and no account: watches the built-in CBR simulator" },
  "web.listen-address": {
    type: "string",
    multiple: true,
    default: ":10035",
    help: "where to listen: :port, host:port or [v6]:port; repeatable; port 0 picks a free one",
  },
  "web.telemetry-path": { type: "string", default: "/metrics", help: "path of the metrics" },
  "web.route-prefix": { type: "string", default: "/", help: "prefix of every route" },
  "web.max-requests": {
    type: "string",
    default: "40",
    help: "scrapes answered at once, above it 503; 0: no limit",
  },
  "web.enable-lifecycle": { type: "boolean", help: "allow POST and PUT /-/reload" },
  "storage.path": { type: "string", help: "folder in which the facts of finished tasks survive a restart" },
  "shard.index": { type: "string", help: "which of the shards this is, from 0; each polls its part of the tasks" },
  "shard.count": { type: "string", help: "how many shards there are" },
  "shard.from-pod-name": { type: "boolean", help: "the index is the number at the end of the environment's POD_NAME" },
  "log.level": { type: "string", default: "info", help: logLevels.join(", ") },
  "log.format": { type: "string", default: "logfmt", help: logFormats.join(", ") },
  version: { type: "boolean", help: "print the version and exit" },
  help: { type: "boolean", help: "print this help and exit" },
} as const satisfies Record<string, Flag>;

type Name = keyof typeof flags;

/** Reads the arguments after the program's name. @param env of which POD_NAME counts @throws {UsageError} */
export function parseCommand(args: readonly string[], env: Environment = {}): Command {
  const given = readFlags(args);
  const text = (name: Name): string => given.get(name)?.at(-1) ?? (flags[name] as Flag).default ?? "";
  if (given.has("help")) return { run: "help" };
  if (given.has("version")) return { run: "version" };
  if (given.has("demo") && [...given.keys()].some((name) => name.startsWith("config."))) {
    throw new UsageError(
      "--demo brings its own configuration; leave out the flags that begin with --config, or --demo",
    );
  }
  const settings = {
    configFile: given.has("demo") ? undefined : text("config.file"),
    ...(given.has("config.enable-auto-reload") && { autoReloadMs: interval(text("config.auto-reload-interval")) }),
    ...(given.has("storage.path") && { storagePath: text("storage.path") }),
    shard: shardOf(given, env["POD_NAME"]),
    lifecycle: given.has("web.enable-lifecycle"),
    listen: (given.get("web.listen-address") ?? [flags["web.listen-address"].default]).map(listenAddress),
    routePrefix: routePrefix(text("web.route-prefix")),
    telemetryPath: telemetryPath(text("web.telemetry-path")),
    maxRequests: wholeNumber("web.max-requests", text("web.max-requests")),
    logLevel: oneOf("log.level", text("log.level"), logLevels),
    logFormat: oneOf("log.format", text("log.format"), logFormats),
  };
  const configFile = text("config.file");
  if (given.has("config.check-cloud")) return { run: "check-cloud", configFile };
  return given.has("config.check") ? { run: "check", configFile } : { run: "serve", settings };
}

/** The text of `--help`. */
export function helpText(): string {
  const spellings = Object.entries<Flag>(flags).map(([name, { type }]) => `--${name}${type === "string" ? "=…" : ""}`);
  const width = Math.max(...spellings.map(({ length }) => length)) + 2;
  const lines = Object.values<Flag>(flags).map(({ help, default: value }, index) => {
    return `  ${spellings[index]?.padEnd(width)}${help}${value === undefined ? "" : ` (default ${value})`}`;
  });
  return `usage: cbr-exporter [flags]\n\nExports tasks of Huawei Cloud's Cloud Backup and Recovery (CBR) to Prometheus.\n\n${lines.join("\n")}\n`;
}

function readFlags(args: readonly string[]): ReadonlyMap<Name, readonly string[]> {
  const options = Object.fromEntries(
    Object.entries<Flag>(flags).map(([name, { type }]) => [name, { type, multiple: true }]),
  );
  // Not strict: its messages advise things that would not help here.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<Name, string[]>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw new UsageError(`unexpected argument ${shown(token.value)}; see --help`);
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(flags, name)) throw unknownFlag(rawName);
    const flag: Flag = flags[name as Name];
    if (flag.type === "boolean" && value !== undefined) throw new UsageError(`--${name} takes no value`);
    // After a space, what begins with a dash is the next flag: the value was forgotten.
    const forgotten = !value || (!inlineValue && /^-./.test(value));
    if (flag.type === "string" && forgotten) throw new UsageError(`--${name} needs a value, such as --${name}=…`);
    const values = given.get(name as Name) ?? [];
    if (values.length > 0 && !flag.multiple) throw new UsageError(`--${name} may stand once only`);
    given.set(name as Name, [...values, value ?? ""]);
  }
  return given;
}

function unknownFlag(rawName: string): UsageError {
  const name = rawName.replace(/^-+(?:no-)?/, "");
  const known = Object.keys(flags);
  const near = (name !== "" && known.find((flag) => flag.startsWith(name))) || nearestKey(name, known);
  return new UsageError(
    `unknown flag ${shown(rawName)}${near ? `; did you mean --${near}? See --help` : "; see --help"}`,
  );
}

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (!address) {
    throw new UsageError(`--web.listen-address: ${shown(text)} is none of :port, host:port and [v6]:port`);
  }
  return address;
}

function routePrefix(text: string): string {
  const path = `/${text}/`.replace(/\/+/g, "/");
  if (!isPlainPath(path)) throw new UsageError("--web.route-prefix must be a path such as /cbr");
  return path;
}

function telemetryPath(text: string): string {
  if (!text.startsWith("/") || text === "/" || !isPlainPath(text)) {
    throw new UsageError("--web.telemetry-path must be a path such as /metrics");
  }
  if (/^\/(-(\/|$)|config$)/.test(text)) {
    throw new UsageError("--web.telemetry-path must not be /config, nor begin with /-/, which are taken");
  }
  return text;
}

/** @throws {UsageError} unless it says which one of how many, or nothing at all */
function shardOf(given: ReadonlyMap<Name, readonly string[]>, podName: string | undefined): Shard {
  const [index, count] = [given.get("shard.index")?.[0], given.get("shard.count")?.[0]];
  const isFromPod = given.has("shard.from-pod-name");
  if (index !== undefined && isFromPod) {
    throw new UsageError("--shard.index and --shard.from-pod-name both say which shard this is; leave one of them out");
  }
  if (count === undefined) {
    if (index === undefined && !isFromPod) return onlyShard;
    const flag = isFromPod ? "from-pod-name" : "index";
    throw new UsageError(`--shard.${flag} needs --shard.count, the number of shards`);
  }
  const total = wholeNumber("shard.count", count);
  if (total < 1 || total > mostShards) {
    throw new UsageError(`--shard.count: ${shown(count)} is no whole number from 1 to ${mostShards}`);
  }
  if (index === undefined && !isFromPod) {
    throw new UsageError("--shard.count needs --shard.index or --shard.from-pod-name, which say which shard this is");
  }
  const own = index === undefined ? podOrdinal(podName) : wholeNumber("shard.index", index);
  if (own < total) return { index: own, count: total };
  const flag = isFromPod ? `from-pod-name: ${own}, the end of POD_NAME,` : `index: ${own}`;
  throw new UsageError(`--shard.${flag} is none of the ${total} shards, which count from 0 to ${total - 1}`);
}

/**
 * The number that a StatefulSet puts at the end of a pod's name. The random letters at the end of a Deployment's may end
 * in a digit, too: they are none.
 */
function podOrdinal(podName = ""): number {
  const ordinal = /(?:^|-)(\d{1,9})$/.exec(podName)?.[1];
  if (ordinal !== undefined) return Number(ordinal);
  throw new UsageError(
    podName
      ? `--shard.from-pod-name: POD_NAME ${shown(podName)} does not end in a number such as that of cbr-exporter-0`
      : "--shard.from-pod-name: the environment has no POD_NAME; set it from metadata.name",
  );
}

/** Letters that mean themselves to the router; `:` and `*` would be patterns. */
function isPlainPath(path: string): boolean {
  return /^[\w./~-]*$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path) && !path.includes("//");
}

function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000 && ms <= 24 * 3600 * 1000) return ms;
  throw new UsageError(`--config.auto-reload-interval: ${shown(text)} is no duration from 1s to 1d, such as 30s`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new UsageError(`--${name}: ${shown(text)} is no whole number from 0`);
  }
  return value;
}

function oneOf<T extends string>(name: string, text: string, values: readonly T[]): T {
  const value = values.find((v) => v === text);
  if (!value) throw new UsageError(`--${name}: ${shown(text)} is none of ${values.join(", ")}`);
  return value;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
