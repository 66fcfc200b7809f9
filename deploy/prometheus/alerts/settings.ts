import { parseDuration } from "../../../src/config/read/fields.ts";

/** What a user may change without touching an expression: durations as Prometheus writes them, else numbers. */
export const defaultThresholds = {
  /** How long ago a task may have ended for its failure to be told. */
  ended: "24h",
  CBRTaskStatusUnknown: "1h",
  CBRTaskStalled: "1h",
  CBRTaskRunningTooLong: "24h",
  CBRTaskWaitingTooLong: "6h",
  CBRTaskPollStale: "15m",
  CBRApiDown: "10m",
  /** The share of attempts that fail. */
  CBRApiErrors: "0.5",
  CBRApiThrottled: "15m",
  CBRReplicaCutOff: "30m",
  CBRCredentialsExpiring: "2h",
  CBRClockSkew: "2m",
  /** On top of three intervals of the schedule. */
  CBRCollectorBehind: "30m",
  CBRCollectorEmpty: "1h",
  CBRTaskFilesBroken: "15m",
  /** On top of two intervals of the schedule; nothing is told of what stands on a list that is an interval older. */
  CBRInventoryStale: "30m",
  /** How far ahead a vault is seen to be full. */
  CBRVaultFillingUp: "7d",
  CBRVaultUnavailable: "30m",
  CBRPolicyDisabled: "1d",
  /** Starts in half an hour. */
  CBRExporterRestarting: "3",
} as const;

export type Threshold = keyof typeof defaultThresholds;

const numbers: ReadonlySet<Threshold> = new Set(["CBRApiErrors", "CBRExporterRestarting"]);

export interface Settings {
  /** Labels of targets that alerts keep, such as `cluster`. */
  readonly labels: readonly string[];
  /** Where the runbooks are: a path or an address, without `#`. */
  readonly runbooks: string;
  /** Where the dashboard is; none: alerts carry no link to it. */
  readonly dashboard?: string;
  readonly thresholds: Readonly<Record<Threshold, string>>;
}

export const defaultSettings: Settings = {
  labels: [],
  runbooks: "docs/runbooks.md",
  thresholds: defaultThresholds,
};

/** @throws {Error} that says what is wrong with a threshold */
export function checkThreshold(name: Threshold, text: string): string {
  const isRight = numbers.has(name)
    ? /^\d+(?:\.\d+)?$/.test(text)
    : /^\d/.test(text) && (parseDuration(text) ?? 0) >= 1000;
  if (isRight) return text;
  throw new Error(`${text}: not a ${numbers.has(name) ? "number" : "duration such as 90m or 1h30m"}`);
}

/** A duration as seconds that a reader of PromQL takes in at once: `24 * 3600`. */
export function seconds(duration: string): string {
  const total = (parseDuration(duration) ?? 0) / 1000;
  if (total % 3600 === 0) return `${total / 3600} * 3600`;
  return total % 60 === 0 ? `${total / 60} * 60` : `${total}`;
}
