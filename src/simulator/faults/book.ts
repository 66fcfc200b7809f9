import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Fault } from "./kinds.ts";
import { readFault } from "./read.ts";

/** The faults in force. */
export interface FaultBook {
  /** `undefined` heals. @returns false when the book is full */
  set(target: string, fault: Fault | undefined): boolean;
  /**
   * The fault that strikes this request of a task or an operation, if one does. Counts the request.
   * @param targets from the narrowest to the widest
   */
  strike(targets: readonly string[]): Fault | undefined;
  all(): Readonly<Record<string, Fault>>;
}

/** More than any test needs; a route that anybody can call must not fill the memory. */
const maxTargets = 100_000;

export function faultBook(): FaultBook {
  const entries = new Map<string, { readonly fault: Fault; seen: number; struck: number }>();
  return {
    set(target, fault) {
      if (!fault) entries.delete(target);
      else if (entries.size >= maxTargets && !entries.has(target)) return false;
      else entries.set(target, { fault, seen: 0, struck: 0 });
      return true;
    },
    strike(targets) {
      for (const target of targets) {
        const entry = entries.get(target);
        if (!entry) continue;
        entry.seen++;
        const { every = 1, times = Number.POSITIVE_INFINITY } = entry.fault;
        if (entry.seen % every !== 0) continue;
        entry.struck++;
        if (entry.struck >= times) entries.delete(target);
        return entry.fault;
      }
      return undefined;
    },
    all: () => Object.fromEntries([...entries].map(([target, { fault }]) => [target, fault])),
  };
}

const limit = bodyLimit({ maxSize: 1024 * 1024, onError: (c) => c.text("a fault must be under 1 MiB\n", 400) });

/** `GET /`, `PUT /{id or *}` and `DELETE /{id or *}`: the faults in force, by hand while the simulator runs. */
export function faultRoutes(faults: FaultBook): Hono {
  const app = new Hono();
  app.get("/", (c) => c.json(faults.all()));
  app.put("/:target", limit, async (c) => {
    const fault = readFault(await c.req.json().catch(() => undefined));
    if (typeof fault === "string") return c.text(`${fault}\n`, 400);
    if (!faults.set(c.req.param("target"), fault)) return c.text("too many faults\n", 400);
    return c.body(null, 204);
  });
  app.delete("/:target", (c) => {
    faults.set(c.req.param("target"), undefined);
    return c.body(null, 204);
  });
  return app;
}
