import type { Clock } from "../base/clock.ts";
import { defined } from "../base/json.ts";
import type { Log, LogFields } from "../base/log.ts";
import { type Micros, micros } from "../base/micros.ts";
import { Stopped } from "../base/waits.ts";
import { Held } from "../cbr/api-error.ts";

/** How a list fares; times are this machine's. */
export interface ListState {
  /** When it was last read to its end. */
  readonly readAt?: Micros;
  /** When the first of the tries ended that have failed since. */
  readonly failingSince?: Micros;
}

/** How several lists fare, by name. */
export interface ListStates<Name extends string> {
  get(list: Name): ListState;
  all(): ReadonlyMap<Name, ListState>;
  /** @param read brings the list, and says why not to its end @throws what it throws */
  track(list: Name, read: () => Promise<string | undefined>): Promise<void>;
  /** Others are not of interest any more. */
  keep(lists: ReadonlySet<Name>): void;
  /** Times that lie ahead after the clock was set back become now. */
  clockSetBack(now: Micros): void;
}

export interface ListStatesOptions<Name extends string> {
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "warn">;
  /** Whose lists they are. */
  readonly names: LogFields;
  readonly before: ReadonlyMap<Name, ListState>;
}

export function createListStates<Name extends string>(options: ListStatesOptions<Name>): ListStates<Name> {
  const { clock, log, names } = options;
  const states = new Map(options.before);
  const cuts = new Map<Name, string | undefined>();

  function failed(list: Name): void {
    states.set(list, { failingSince: clock.now(), ...states.get(list) });
  }

  return {
    get: (list) => states.get(list) ?? {},
    all: () => new Map(states),
    async track(list, read) {
      let cut: string | undefined;
      try {
        cut = await read();
      } catch (error) {
        // Nothing was asked of a project that is held back.
        if (!(error instanceof Stopped || error instanceof Held)) failed(list);
        throw error;
      }
      if (cut === undefined) states.set(list, { readAt: clock.now() });
      else failed(list);
      if (cut !== undefined && cut !== cuts.get(list)) {
        log.warn("The listing was cut, some may be missing", { ...names, list, reason: cut });
      }
      cuts.set(list, cut);
    },
    keep(lists) {
      for (const list of states.keys()) if (!lists.has(list)) states.delete(list);
    },
    clockSetBack(now) {
      const past = (time: Micros | undefined): Micros | undefined => time && micros(Math.min(time, now));
      for (const [list, { readAt, failingSince }] of states) {
        states.set(list, defined({ readAt: past(readAt), failingSince: past(failingSince) }));
      }
    },
  };
}
