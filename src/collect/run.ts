import type { Log } from "../base/log.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import { hasFailedPolls, isAskedBy, planRun } from "./plan.ts";
import { type PollOptions, poll, pollList, type RunList } from "./poll.ts";
import type { ListKey, ProjectHealth } from "./project-health.ts";
import { createRunReport } from "./run-report.ts";

export interface RunOptions extends PollOptions {
  readonly collector: string;
  readonly project: string;
  /** Asked once the list has been read. */
  readonly records: () => Iterable<TaskRecord>;
  /** Asked for first; its tasks need not be asked for by themselves. */
  readonly list?: RunList | undefined;
  /** Lists of other things, asked for one after the other beside the tasks. */
  readonly otherLists: readonly RunList[];
  /** Called once those have been read. */
  readonly onListsRead: () => Promise<void>;
  /** Tasks to ask for as well, before those of the plan; more may come while the run is under way. It takes them out. */
  readonly added: Set<TaskKey>;
  readonly concurrency: number;
  readonly health: Pick<ProjectHealth, "watchRun">;
  readonly log: Log;
  /** Whether another tick has come since the run began. */
  readonly overdue: () => boolean;
}

/** How a run went, in tasks; a list counts as one. */
export interface RunSummary {
  readonly due: number;
  /** 404s included. */
  readonly answered: number;
  readonly notFound: number;
  readonly failed: number;
  /** Left for the next run: the project was held back, the run overdue, or the program is stopping. */
  readonly notAsked: number;
  /** Those that are worth asking for again soon. */
  readonly askAgain: readonly TaskKey[];
  /** The lists that are. */
  readonly listsAgain: readonly ListKey[];
}

/** Asks once for each task that is due; failures of tasks end up in the store, none is thrown. */
export async function runOnce(options: RunOptions): Promise<RunSummary> {
  const { project, collector, list, otherLists, added, store, clock, overdue, signal } = options;
  let plan: readonly TaskRecord[] = [];
  const counts = { answered: 0, notFound: 0, failed: 0 };
  /** Asked for, without having been sent. */
  let heldBack = 0;
  const askAgain: TaskKey[] = [];
  const listsAgain: ListKey[] = [];
  const watch = options.health.watchRun(project, []);
  const report = createRunReport(options.log, { project, collector });
  const start = clock.monotonic();
  let failedOnesSince: number | undefined;
  let position = 0;
  let ended: "held" | "stopped" | undefined;

  const isOwn = ({ key }: TaskRecord): boolean => isAskedBy(collector, store.get(key));

  /**
   * Tasks that failed last time may delay the next run by as long as the others took, no longer: what hangs for some
   * ids must not make the rest stale, and what failed once must not wait for ever behind many that are well.
   */
  function isTooLate(record: TaskRecord): boolean {
    if (!hasFailedPolls(record)) return false;
    const now = clock.monotonic();
    failedOnesSince ??= now;
    return overdue() && now - failedOnesSince > failedOnesSince - start;
  }

  function nextAdded(): TaskRecord | undefined {
    for (const key of added) {
      added.delete(key);
      const record = store.get(key);
      if (record && isOwn(record)) return record;
    }
    return undefined;
  }

  function next(): TaskRecord | undefined {
    if (ended) return undefined;
    const record = nextAdded();
    if (record) {
      watch.add(record.key);
      return record;
    }
    for (let planned = plan[position]; planned && !isTooLate(planned); planned = plan[position]) {
      position += 1;
      if (isOwn(planned)) return planned;
    }
    return undefined;
  }

  async function readList(run: RunList): Promise<void> {
    watch.add(run.key);
    const outcome = ended ? { result: ended } : await pollList(options, run);
    report.recordList(run, outcome);
    switch (outcome.result) {
      case "held":
      case "stopped":
        ended = outcome.result;
        heldBack += 1;
        if (ended === "held") listsAgain.push(run.key);
        break;
      case "failed":
        counts.failed += 1;
        if (outcome.mayPass) listsAgain.push(run.key);
        watch.recordFailure(outcome.failure, run.key);
        break;
      case "answered":
        counts.answered += 1;
        watch.recordAnswer(run.key);
    }
  }

  async function readOthers(): Promise<void> {
    for (const run of otherLists) await readList(run);
    if (otherLists.length > 0 && !signal.aborted) await options.onListsRead();
  }

  async function work(): Promise<void> {
    for (let record = next(); record; record = next()) {
      const outcome = await poll(options, record);
      switch (outcome.result) {
        case "held":
          ended = "held";
          heldBack += 1;
          askAgain.push(record.key);
          break;
        case "stopped":
          ended = "stopped";
          heldBack += 1;
          break;
        case "failed":
          report.recordFailure(record, outcome.failure);
          if (outcome.failure.reason === "not_found") {
            counts.notFound += 1;
            counts.answered += 1;
            watch.recordAnswer(record.key);
            break;
          }
          counts.failed += 1;
          if (outcome.mayPass) askAgain.push(record.key);
          watch.recordFailure(outcome.failure);
          break;
        case "answered":
          counts.answered += 1;
          watch.recordAnswer(record.key);
          report.recordAnswer(record);
      }
    }
  }

  try {
    if (list) await readList(list);
    plan = planRun(options.records(), options.at);
    for (const { key } of plan) watch.add(key);
    await Promise.all([readOthers(), ...Array.from({ length: options.concurrency }, work)]);
    if (ended !== "stopped" && !signal.aborted) watch.end();
  } finally {
    watch.cancel();
  }
  report.write();
  const left = plan.slice(position).filter(isOwn);
  if (ended === "held") {
    for (let record = nextAdded(); record; record = nextAdded()) left.push(record);
    askAgain.push(...left.map(({ key }) => key));
  }
  const notAsked = heldBack + left.length;
  return { due: counts.answered + counts.failed + notAsked, ...counts, notAsked, askAgain, listsAgain };
}
