import { type Micros, micros } from "../base/micros.ts";

const hour = 3600e6;

/**
 * How much earlier than needed a listing begins: records come late, clocks differ, and the vendor does not say whether
 * `start_time` bounds the creation or the start of a task.
 */
export const listingOverlap = micros(6 * hour);

/** What is known when a listing is planned; all times are the cloud's. */
export interface WindowNeeds {
  readonly now: Micros;
  /** How far the first listing looks back. */
  readonly lookBack: Micros;
  /** When the last whole listing began; absent before it. */
  readonly listedAt?: Micros | undefined;
  /** When the unfinished tasks were created that are watched. */
  readonly unfinished: readonly Micros[];
  /** As that, of tasks that are never asked for by themselves. */
  readonly onlyListed: readonly Micros[];
  /** About how many tasks were created since a time. */
  readonly countSince: (time: Micros) => number;
}

export interface Window {
  /** Sent as `start_time`. */
  readonly start: Micros;
  /** What was both created and started before this, and is not watched, is none of the listing's. */
  readonly cut: Micros;
}

/**
 * What a listing must show: all that has come since the last whole one, those unfinished tasks whose listing costs fewer
 * requests than asking for each of them, and those that nobody asks for, as far as the first listing looks back.
 */
export function planWindow({ now, lookBack, listedAt, unfinished, onlyListed, countSince }: WindowNeeds): Window {
  const earliest = micros(now - lookBack);
  if (listedAt === undefined) return { start: micros(earliest - listingOverlap), cut: earliest };
  const reachable = onlyListed.filter((created) => created >= earliest);
  const needed = micros(Math.min(listedAt - listingOverlap, ...reachable));
  // What was created at or after a listing's start is shown by it, whichever time that bounds: it starts later still.
  const older = unfinished.filter((created) => created < needed && created >= earliest).sort((a, b) => a - b);
  let best = { start: needed, requests: older.length + pages(countSince(needed)) };
  for (const [asked, start] of older.entries()) {
    const requests = asked + pages(countSince(start));
    if (requests < best.requests) best = { start, requests };
  }
  return { start: best.start, cut: best.start };
}

/** How many requests a listing of so many tasks takes: pages of a thousand, and the empty one that ends it. */
function pages(tasks: number): number {
  return Math.ceil(tasks / 1000) + 1;
}

/** About how many tasks were created since a time, by the hour. */
export interface CreationCounts {
  add(created: Micros): void;
  since(time: Micros): number;
  /** Hours before this are of no interest any more. */
  forget(before: Micros): void;
}

export function creationCounts(): CreationCounts {
  const counts = new Map<number, number>();
  const hourOf = (time: Micros): number => Math.floor(time / hour);
  return {
    add: (created) => void counts.set(hourOf(created), (counts.get(hourOf(created)) ?? 0) + 1),
    since(time) {
      let sum = 0;
      for (const [at, count] of counts) if (at >= hourOf(time)) sum += count;
      return sum;
    },
    forget(before) {
      for (const at of counts.keys()) if (at < hourOf(before)) counts.delete(at);
    },
  };
}

/** When a task came into the world, as far as it says: the later of creation and start counts for what is sent. */
export function appearedAt({ createdAt, startedAt }: { readonly createdAt?: Micros; readonly startedAt?: Micros }) {
  const times = [createdAt, startedAt].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : micros(Math.max(...times));
}
