import type { Fault } from "./fault.ts";

/** The faults in force. */
export interface FaultBook {
  /** `undefined` heals. @returns false when the book is full */
  set(target: string, fault: Fault | undefined): boolean;
  /**
   * The fault that strikes this request of `id`, if one does; its own comes before that of `wider`. Counts the request.
   * @param wider what `id` belongs to; default `*`, all tasks
   */
  strike(id: string, wider?: string): Fault | undefined;
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
    strike(id, wider = "*") {
      for (const target of [id, wider]) {
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
