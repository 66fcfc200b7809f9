import type { FailureReason } from "../../../src/tasks/failure-reason.ts";
import type { OperationLog } from "../../../src/tasks/operation-log.ts";

/** A minute of a scenario; minute 0 is the Unix epoch, so that a time before it is negative. */
export type Minute = number;

/** From the first minute up to, not including, the second. */
export type Span = readonly [Minute, Minute];

/**
 * What the cloud answers to a poll: the task, or why there is none; nothing for a minute, which is then a timeout; or
 * nothing at all until the answer is another.
 */
export type Answer = Omit<OperationLog, "id"> | FailureReason | "slow timeout" | "hangs";

/** A task that an exporter is configured to watch. */
export interface Watched {
  readonly id: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** When it is in the configuration; default: always. */
  readonly during?: Span;
  readonly answer: (minute: Minute) => Answer;
}

/** One exporter, from its start to its end, with one project and one collector. */
export interface Replica {
  readonly instance: string;
  readonly project?: string;
  readonly tasks: readonly Watched[];
  /** Minutes between two polls; default 1. */
  readonly every?: number;
  /** When it runs; default: all the time. */
  readonly lives?: Span;
  /** When Prometheus has it as a target; default: while it runs. */
  readonly listed?: Span;
  /** When it does not reach the cloud although the others do. */
  readonly cutOff?: Span;
  /** When its token ends, as it knows at a minute. */
  readonly tokenEnds?: (minute: Minute) => Minute | undefined;
  /** The key under `auth`; default `token_file`. */
  readonly method?: string;
}

/** An alert as it fires, `CBRTaskFailed prod t`: its name and the values of its labels, `severity` aside. */
export type Firing = string;

/** These alerts, and no others, fire at each evaluation from the first minute to the last, both included. */
export interface Expectation {
  readonly from: Minute;
  readonly to: Minute;
  readonly firing: readonly Firing[];
}

/** One case of `promtool test rules`. */
export interface Scenario {
  readonly name: string;
  readonly replicas: readonly Replica[];
  readonly expect: readonly Expectation[];
  /** The annotations of alerts that fire at a minute, in full. */
  readonly annotations?: readonly {
    readonly at: Minute;
    readonly firing: Firing;
    readonly summary: string;
    readonly description: string;
  }[];
}

/** Nothing fires from one minute to another. */
export function quiet(from: Minute, to: Minute): Expectation {
  return { from, to, firing: [] };
}

/** These fire from one minute to another, and nothing else. */
export function firing(from: Minute, to: Minute, ...alerts: readonly Firing[]): Expectation {
  return { from, to, firing: alerts };
}

/** The minute with which a scenario ends. */
export function lastMinute({ expect }: Scenario): Minute {
  return Math.max(...expect.map(({ to }) => to));
}
