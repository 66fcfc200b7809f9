import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/micros.ts";
import type { RunKind } from "./owed-polls.ts";

export interface RunQueueOptions {
  readonly clock: Pick<Clock, "now">;
  /** Never rejects. @param at the tick that it is for */
  readonly run: (at: Micros, kind: RunKind) => Promise<void>;
  /** Whether a reload has brought something to ask for at once. */
  readonly hasAdded: () => boolean;
  /** A tick came while the run of the one before was still going. */
  readonly onSkipped: () => void;
}

/** Which run is made, and when: never two at once. */
export interface RunQueue {
  /** @param passedOver whether ticks before it were, as the clock jumped: it must not be skipped then */
  tick(at: Micros, passedOver: boolean): void;
  makeUp(): void;
  /** Runs for what a reload brought, now or after the run under way. */
  added(): void;
  isRunning(): boolean;
  /** Whether a tick has come since the run under way began. */
  isOverdue(): boolean;
  /** Whether a make-up run follows the one under way. */
  isMakeUpToFollow(): boolean;
  /** Begins no run any more. */
  stop(): void;
  /** Settles once no run is under way. */
  idle(): Promise<void>;
}

export function createRunQueue({ clock, run, hasAdded, onSkipped }: RunQueueOptions): RunQueue {
  let running: Promise<void> | undefined;
  let runningFor: RunKind = "tick";
  /** The tick that is to follow the run under way at once: it came in a run for a few tasks, or where the clock jumped. */
  let tickToFollow: Micros | undefined;
  /** Whether the make-up run came due in a run for added tasks. */
  let makeUpToFollow = false;
  let missedTick = false;
  let stopped = false;

  function begin(at: Micros, kind: RunKind): void {
    if (stopped) return;
    if (kind !== "added") makeUpToFollow = false;
    missedTick = false;
    runningFor = kind;
    running = run(at, kind).finally(() => {
      running = undefined;
      goOn();
    });
  }

  /** Begins what waited for the end of a run. */
  function goOn(): void {
    const tick = tickToFollow;
    tickToFollow = undefined;
    if (tick !== undefined) begin(tick, "tick");
    else if (makeUpToFollow) begin(clock.now(), "make-up");
    else if (hasAdded()) begin(clock.now(), "added");
  }

  return {
    tick(at, passedOver) {
      if (running === undefined) begin(at, "tick");
      else if (passedOver || (runningFor !== "tick" && tickToFollow === undefined)) tickToFollow = at;
      else {
        missedTick = true;
        onSkipped();
      }
    },
    makeUp() {
      if (running === undefined) begin(clock.now(), "make-up");
      else makeUpToFollow = true;
    },
    added() {
      if (running === undefined && hasAdded()) begin(clock.now(), "added");
    },
    isRunning: () => running !== undefined,
    isOverdue: () => missedTick || tickToFollow !== undefined,
    isMakeUpToFollow: () => makeUpToFollow,
    stop() {
      stopped = true;
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
