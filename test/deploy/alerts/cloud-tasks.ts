import type { SimTask } from "../../../src/simulator/tasks/sim-task.ts";
import { apiTime } from "../../../src/simulator/tasks/values.ts";
import type { Minute } from "./scenario.ts";
import { minuteZero } from "./world.ts";

/** What the cloud says of a task, its times as minutes of the scenario. */
export interface Said {
  /** Also one that no version knows. */
  readonly status: string;
  readonly operation?: string | undefined;
  readonly created?: Minute | undefined;
  readonly started?: Minute | undefined;
  readonly ended?: Minute | undefined;
  /** Percent. */
  readonly progress?: number | undefined;
  readonly errorCode?: string | undefined;
  /** Its name and id; `""` for none. Default: one of its own. */
  readonly resource?: string | undefined;
  /** Of `extra_info`, as the API writes it. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What it says at a minute. */
export type Story = (minute: Minute) => Said;

/** A task of the simulated cloud. */
export function task(story: Story, id = "t"): SimTask {
  return {
    id,
    body: ({ beganMs, elapsedMs }) => {
      const said = story((beganMs + elapsedMs - minuteZero / 1000) / 60_000);
      const time = (minute: Minute | undefined) => (minute === undefined ? null : timeAt(minute));
      return {
        id,
        status: said.status,
        operation_type: said.operation ?? "backup",
        created_at: time(said.created),
        started_at: time(said.started),
        ended_at: time(said.ended),
        vault_id: "9f8e",
        vault_name: "vault-dr",
        error_info: { code: said.errorCode ?? "", message: "" },
        extra_info: {
          common: said.progress === undefined ? {} : { progress: said.progress },
          ...(said.resource !== "" && resource(said.resource ?? `server of ${id}`)),
          ...said.extra,
        },
      };
    },
  };
}

const resource = (name: string) => ({ resource: { id: name, name, type: "OS::Nova::Server" } });

/** A minute as the API writes a time. */
export function timeAt(minute: Minute): string {
  return apiTime(minuteZero + Math.round(minute * 60e6));
}

/** It runs, each minute a little further, for two days. */
export function runs(started: Minute, part: Partial<Said> = {}): Story {
  return (minute) => ({
    status: "running",
    created: started - 1,
    started,
    progress: Math.min(99, Math.max(0, (minute - started) / 32)),
    ...part,
  });
}

/** It runs, and ends. */
export function ends(status: string, started: Minute, ended: Minute, part: Partial<Said> = {}): Story {
  const { errorCode: _, extra: __, ...always } = part;
  const before = runs(started, always);
  return (minute) =>
    minute < ended ? before(minute) : { status, created: started - 1, started, ended, progress: 60, ...part };
}

/** It waits to be started. */
export function waits(created: Minute, part: Partial<Said> = {}): Story {
  return () => ({ status: "waiting", created, progress: 0, ...part });
}

/** It runs, and stands still from a minute on. */
export function stalls(stuck: Minute, progress = 40): Story {
  return (minute) => runs(-1, minute < stuck ? {} : { progress })(minute);
}

/** One story up to a minute, another from then on, and so forth. */
export function turns(first: Story, ...later: readonly (readonly [from: Minute, story: Story])[]): Story {
  return (minute) => (later.findLast(([from]) => from <= minute)?.[1] ?? first)(minute);
}

/** A task beside the one that is looked at: it shows that the cloud answers. */
export const healthy: SimTask = task(runs(-5), "healthy");
