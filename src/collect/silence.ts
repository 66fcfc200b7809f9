import type { Clock } from "../clock.ts";

/** Milliseconds without a usable answer after which many failures are more than those tasks' own trouble. */
const silentMs = 60_000;

/**
 * Notices within a run that the cloud has stopped answering: with thousands of tasks, each of which waits for its time
 * to run out, the run's end is hours away.
 */
export interface Silence {
  answered(): void;
  /** @returns whether the cloud is silent: no answer for a minute, in which too many tasks fell that had been well */
  fell(): boolean;
}

/** @param patience how many tasks may fall; as many as are asked for at a time can be their own trouble */
export function createSilence(clock: Pick<Clock, "monotonic">, patience: number): Silence {
  let since = clock.monotonic();
  let fallen = 0;
  return {
    answered() {
      since = clock.monotonic();
      fallen = 0;
    },
    fell() {
      fallen += 1;
      return fallen > patience && clock.monotonic() - since >= silentMs;
    },
  };
}
