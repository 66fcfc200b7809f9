import { fromMillis, type Micros } from "../../../src/tasks/micros.ts";
import type { OperationLog } from "../../../src/tasks/operation-log.ts";
import type { Answer, Minute, Replica, Span, Watched } from "./scenario.ts";

type Part = Partial<Omit<OperationLog, "id">>;

export function at(minute: Minute): Micros {
  return fromMillis(minute * 60_000);
}

/** A task that runs, each minute a little further. */
export function runs(started: Minute, part: Part = {}): (minute: Minute) => Answer {
  return (minute) => ({
    status: "running",
    createdAt: at(started - 1),
    startedAt: at(started),
    progress: Math.min(99, Math.max(0, minute - started) / 32),
    ...part,
  });
}

/** A task that runs and then ends. */
export function ends(status: OperationLog["status"], started: Minute, ended: Minute, part: Part = {}) {
  return (minute: Minute): Answer =>
    minute < ended
      ? runs(started)(minute)
      : { status, createdAt: at(started - 1), startedAt: at(started), endedAt: at(ended), ...part };
}

/** A task that stops moving at a minute. */
export function stalls(stuck: Minute, progress = 40): (minute: Minute) => Answer {
  return (minute) => runs(0, minute < stuck ? {} : { progress })(minute);
}

/** A task that waits to be started. */
export function waits(created: Minute): (minute: Minute) => Answer {
  return () => ({ status: "waiting", createdAt: at(created), progress: 0 });
}

/** One answer up to a minute, another from then on, and so forth. */
export function turns(
  first: (minute: Minute) => Answer,
  ...later: readonly (readonly [from: Minute, answer: (minute: Minute) => Answer])[]
): (minute: Minute) => Answer {
  return (minute) => (later.findLast(([from]) => from <= minute)?.[1] ?? first)(minute);
}

/** An answer that is none. */
export function says(answer: Answer): () => Answer {
  return () => answer;
}

export function task(answer: Watched["answer"], part: Partial<Watched> = {}): Watched {
  return { id: "t", answer, ...part };
}

/** A task beside the one that is looked at: it shows that the cloud answers. */
export const healthy: Watched = { id: "healthy", answer: runs(0) };

/** Exporters that watch the same tasks. */
export function replicas(instances: readonly string[], ...tasks: readonly Watched[]): readonly Replica[] {
  return instances.map((instance) => ({ instance, tasks }));
}

/** One exporter that is down for a while and comes back under a new `instance`. */
export function restarting([down, up]: Span, ...tasks: readonly Watched[]): readonly Replica[] {
  return [
    { instance: "a", lives: [0, down], tasks },
    { instance: "b", lives: [up, Number.POSITIVE_INFINITY], tasks },
  ];
}
