#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { startAutoReload } from "./auto-reload.ts";
import { systemClock } from "./base/clock.ts";
import { lineWriter } from "./base/line-writer.ts";
import { createLog } from "./base/log.ts";
import { createProjectApi } from "./cbr/project-api.ts";
import { type Command, helpText, parseCommand, type Settings, UsageError } from "./cli.ts";
import { loadConfig } from "./config/load-config.ts";
import { tasksAtFirst } from "./config/task-files/look-at-files.ts";
import type { Demo } from "./demo.ts";
import { createLoader } from "./load-in-worker.ts";
import type { Build } from "./metrics/exporter-metrics.ts";
import { taskLabelNames } from "./metrics/families/task.ts";
import { isAllRight, preflight, preflightText } from "./preflight.ts";
import { sayAll } from "./reload.ts";
import { type Running, serve } from "./serve.ts";
import { StorageInUseError } from "./storage/in-use.ts";
import { BindError } from "./web/server.ts";

// Garbage is looked for once the heap is a third larger than what was in use; V8 itself lets it become several times that.
setFlagsFromString("--heap-growing-percent=30");

const exitFailure = 1;
const exitUsage = 2;

function readBuild(): Build {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Build;
  return { version, revision: process.env["CBR_EXPORTER_REVISION"] || "unknown", nodeVersion: process.version };
}

/** Writes a text that may be long: what a pipe has not taken when the process exits would be lost. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => void stream.write(text, () => resolve()));
}

/** Tells every problem. @returns the exit status */
async function fail(problems: readonly string[]): Promise<number> {
  await write(process.stderr, problems.map((problem) => `${problem}\n`).join(""));
  return exitFailure;
}

async function check(file: string, { cloud }: { readonly cloud: boolean }): Promise<number> {
  const now = systemClock.now();
  const loaded = await loadConfig({ file, env: process.env, reservedLabels: taskLabelNames, now });
  if (!loaded.ok) return fail(loaded.problems);
  if (loaded.brokenFiles.length > 0) return fail(loaded.brokenFiles);
  for (const text of loaded.warnings) process.stderr.write(`warning: ${text}\n`);
  for (const text of loaded.notices) process.stderr.write(`note: ${text}\n`);
  const { projects, collectors } = loaded.config;
  const tasks = collectors.reduce((sum, c) => sum + c.tasks.length + tasksAtFirst(c, loaded.firstLook).length, 0);
  process.stdout.write(`OK: projects=${projects.length} collectors=${collectors.length} tasks=${tasks}\n`);
  if (!cloud) return 0;
  const found = await preflight(loaded, (project) =>
    createProjectApi({
      // One attempt tells enough, and soon.
      config: { ...project, retries: 0 },
      env: process.env,
      clock: systemClock,
      random: Math.random,
      observer: { sending: () => {}, attempted: () => {}, failed: () => {}, invalidField: () => {} },
    }),
  );
  await write(process.stdout, `\n${preflightText(found)}`);
  return isAllRight(found) ? 0 : exitFailure;
}

/** Ctrl-C reaches the terminal's whole group, and npm then hands its own on: that is one wish to end, not two. */
const isStartedByNpm = ["start", "demo"].includes(process.env["npm_lifecycle_event"] ?? "");
const forwardedWithinMs = 500;

/** @returns the first signal to end; a second one does not wait, but calls `endNow` */
function askedToEnd(endNow: () => Promise<void>): Promise<NodeJS.Signals> {
  const signals = ["SIGTERM", "SIGINT"] as const;
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    for (const signal of signals) {
      process.on(signal, () => {
        const now = performance.now();
        if (askedAt === undefined) {
          askedAt = now;
          resolve(signal);
        } else if (!isStartedByNpm || now - askedAt > forwardedWithinMs) void endNow();
      });
    }
  });
}

/** Loads the simulator only where it is wanted. @param isStored whether it needs an address that lasts */
async function openDemo(isStored: boolean): Promise<Demo> {
  const { demoPort, startDemo } = await import("./demo.ts");
  return startDemo(isStored ? demoPort : 0);
}

async function run(settings: Settings): Promise<number> {
  const log = createLog({
    level: settings.logLevel,
    format: settings.logFormat,
    write: lineWriter(process.stderr),
  });
  let running: Running | undefined;
  const file = settings.configFile;
  const loader = createLoader({
    file: file ?? "",
    env: process.env,
    reservedLabels: taskLabelNames,
    clock: systemClock,
  });
  const endNow = async (): Promise<void> => {
    const isFree = await loader.end();
    if (isFree && !running?.isStuck()) process.exit(exitFailure);
    endBy("SIGKILL");
  };
  atUncaught((error) => {
    log.error("Unexpected error, the program ends", { error });
    if (running?.isStuck()) endBy("SIGKILL");
    process.exit(exitFailure);
  });
  // One that comes before there is anything to reload must not end the program.
  process.on("SIGHUP", () => void running?.reload());
  const demo = file === undefined ? await openDemo(settings.storagePath !== undefined) : undefined;
  const load = async () => demo ?? loader.load();
  const loaded = demo ?? (await loader.loadHere());
  if (!loaded.ok) return fail(loaded.problems);
  sayAll(loaded, log);
  const { config, shown, firstLook, brokenProjects } = loaded;

  const asked = askedToEnd(endNow);
  const build = readBuild();
  running = await serve({
    settings,
    config,
    shown,
    load,
    firstLook,
    broken: new Set(brokenProjects.map(({ project }) => project)),
    build,
    clock: systemClock,
    random: Math.random,
    log,
    env: process.env,
  });
  if (demo) {
    const base = `http://${(running.listeners[0]?.address ?? "").replace("[::]", "localhost")}${settings.routePrefix}`;
    process.stdout.write(
      `\nDemo: the built-in CBR simulator runs at ${demo.simulator.url}; its tasks are on\n` +
        `  ${base}\n  ${base}${settings.telemetryPath.slice(1)}\nCtrl-C ends it.\n\n`,
    );
  }
  const { reload } = running;
  const { autoReloadMs: intervalMs } = settings;
  const endAutoReload =
    file !== undefined && intervalMs !== undefined
      ? startAutoReload({ file, intervalMs, clock: systemClock, lastRead: loader.lastRead, reload })
      : undefined;
  const signal = await asked;
  log.info("Stopping", { signal });
  endAutoReload?.();
  await running.stop();
  await demo?.simulator.close();
  log.info("Stopped");
  const isFree = await loader.end();
  if (!isFree || running.isStuck()) endBy(signal);
  return 0;
}

/** Node's own exit would wait, without end, for a question to a file system that hangs. */
function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * What to do with an error that nobody has caught: better ended, and started anew by whoever watches over the program,
 * than half alive. What is set later comes first.
 */
function atUncaught(end: (error: string) => void): void {
  const told = (error: unknown) => end((error instanceof Error && error.stack) || inspect(error));
  process.prependListener("uncaughtException", told).prependListener("unhandledRejection", told);
}

async function main(command: Command): Promise<number> {
  switch (command.run) {
    case "help":
      process.stdout.write(helpText());
      return 0;
    case "version":
      process.stdout.write(`cbr-exporter ${readBuild().version}\n`);
      return 0;
    case "check":
      return check(command.configFile, { cloud: false });
    case "check-cloud":
      return check(command.configFile, { cloud: true });
    case "serve":
      return run(command.settings);
  }
}

atUncaught((error) => {
  process.stderr.write(`cbr-exporter: unexpected error: ${error.replaceAll(/\s*\n\s*/g, " ")}\n`);
  process.exit(exitFailure);
});
// Node would open its inspector, for whoever reaches its port.
process.on("SIGUSR1", () => {});
// A log that nobody reads any more is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  process.exitCode = await main(parseCommand(process.argv.slice(2), process.env));
} catch (error) {
  const expected = error instanceof UsageError || error instanceof BindError || error instanceof StorageInUseError;
  process.stderr.write(`cbr-exporter: ${expected ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? exitUsage : exitFailure;
}
process.exit();
