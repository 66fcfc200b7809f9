import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const children = new Set();

/**
 * Starts a module of this folder in a process of its own, which answers calls (`answerCalls`), so that the garbage of
 * one side never slows the other.
 *
 * @returns `call(method, ...args)`, the process, and `end()`
 */
export function startChild(module, { args = [], execArgv = [], silent = false } = {}) {
  const child = fork(join(import.meta.dirname, module), args.map(String), { execArgv, silent });
  children.add(child);
  const waiting = new Map();
  let calls = 0;
  child.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(result);
    else reject?.(new Error(`${module}: ${error}`));
  });
  child.on("exit", (code, signal) => {
    children.delete(child);
    for (const { reject } of waiting.values()) reject(new Error(`${module} ended: ${signal ?? code}`));
  });
  return {
    child,
    pid: child.pid,
    call(method, ...given) {
      calls += 1;
      const id = calls;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, method, args: given }, (error) => error && reject(error));
      });
    },
    async end() {
      if (!children.delete(child)) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Ends whatever still runs. */
export function endChildren() {
  for (const child of children) child.kill("SIGKILL");
}
