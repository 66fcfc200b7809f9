import { Worker } from "node:worker_threads";
import { contentOf } from "./auto-reload.ts";
import type { Clock } from "./base/clock.ts";
import { type LoadConfigOptions, loadConfig } from "./config/load-config.ts";
import { type ShownResult, toShown } from "./config/shown-config.ts";
import type { LoadAnswer, LoadRequest } from "./load-worker.ts";

/** Loads the configuration in a thread of its own: a large one takes seconds, during which scrapes are answered. */
export interface Loader {
  /** Loads it in this thread, which is the sooner way while there is nothing else to do. */
  loadHere(): Promise<ShownResult>;
  /** One at a time. Never rejects: a thread that dies, of too little memory for example, is a problem like any other. */
  load(): Promise<ShownResult>;
  /** What the configuration held when it was read last, see `contentOf`. */
  lastRead(): string | undefined;
  /** Ends the thread. @returns false where it waits for a file system that hangs: then Node cannot exit by itself */
  end(): Promise<boolean>;
}

export interface LoaderOptions extends Pick<LoadConfigOptions, "file" | "env" | "reservedLabels"> {
  readonly clock: Pick<Clock, "now" | "after">;
  /** What the thread runs. */
  readonly module?: URL;
}

/** Milliseconds. A thread takes 0.1 s to start, and keeps what its last load took of memory until it ends. */
const idleMs = 5_000;
const endWithinMs = 500;

export function createLoader(options: LoaderOptions): Loader {
  const { file, env, reservedLabels, clock, module = new URL("./load-worker.js", import.meta.url) } = options;
  let thread: Worker | undefined;
  let settle: ((result: ShownResult) => void) | undefined;
  let lastRead: string | undefined;
  let keep = (): void => undefined;

  function start(): Worker {
    const worker = new Worker(module);
    const died = (why: string): void => {
      if (thread !== worker) return;
      thread = undefined;
      settle?.({ ok: false, problems: [`${file}: cannot be checked: ${why}`] });
    };
    worker.on("message", (answer: LoadAnswer) => {
      if ("read" in answer) lastRead = answer.read;
      else settle?.(answer.result);
    });
    worker.on("error", (error) => died(reasonOf(error)));
    worker.on("exit", (code) => died(`its thread ended with ${code}`));
    return worker;
  }

  const requestNow = (): LoadRequest => ({ file, env: { ...env }, reservedLabels, now: clock.now() });

  return {
    async loadHere() {
      const loaded = await loadConfig({
        ...requestNow(),
        onRead(content) {
          lastRead = contentOf(content);
        },
      });
      // What is cut from a text keeps all of that alive; a copy, as a thread's answer is one, does not.
      return structuredClone(toShown(loaded));
    },
    async load() {
      keep();
      const request = requestNow();
      const result = await new Promise<ShownResult>((resolve) => {
        settle = resolve;
        thread ??= start();
        thread.postMessage(request);
      });
      keep = clock.after(idleMs, () => {
        void thread?.terminate();
        thread = undefined;
      });
      return result;
    },
    lastRead: () => lastRead,
    async end() {
      keep();
      if (!thread) return true;
      const ended = thread.terminate().then(() => true);
      let cancel = (): void => undefined;
      const givenUp = new Promise<boolean>((resolve) => {
        cancel = clock.after(endWithinMs, () => resolve(false));
      });
      return Promise.race([ended, givenUp]).finally(() => cancel());
    },
  };
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_WORKER_OUT_OF_MEMORY" ? "there is not enough memory for it" : error.message;
}
