import type { Prometheus } from "../prometheus.ts";
import { startPrometheusWith } from "./samples.ts";

const hour = 3600;
const day = 24 * hour;
/** The midnight of the first night. */
const first = Date.UTC(2026, 0, 5) / 1000;

export const midnight = (night: number): number => first + night * day;

/** What a letter of a script says of a night's backup. */
const outcomes: Readonly<Record<string, string>> = { s: "success", f: "failed", t: "timeout", k: "skipped" };

/** A resource's nights, a letter each, from the first one on: `r` fails and is repeated by hand at nine, a blank is no backup. */
export interface Script {
  readonly nights: string;
  /** When the backup ends, in hours from midnight. */
  readonly ends: (night: number) => number;
}

/** Hours from the first midnight on. */
type Hours = readonly [from: number, to: number];

/** A replica of the exporter. */
export interface Replica {
  /** When it was not there; then it has forgotten what it had counted. */
  readonly gone?: readonly Hours[];
  /** When the cloud did not answer it. */
  readonly blind?: readonly Hours[];
  /** When Prometheus did not reach it. */
  readonly unscraped?: readonly Hours[];
}

interface Finish {
  readonly resource: string;
  /** Hours from the first midnight on. */
  readonly at: number;
  readonly status: string;
  /** Seconds. */
  readonly duration: number;
}

const bounds = [600, 1200, 1800, 3600];

function finishesOf(resource: string, { nights, ends }: Script, durationOf: (night: number) => number): Finish[] {
  return [...nights].flatMap((letter, night) => {
    const finish = (at: number, status = "") => ({
      resource,
      at: 24 * night + at,
      status,
      duration: durationOf(night),
    });
    if (letter === "r") return [finish(ends(night), "failed"), finish(9, "success")];
    return letter === " " ? [] : [finish(ends(night), outcomes[letter])];
  });
}

const within = (hours: readonly Hours[] = [], at: number) => hours.some(([from, to]) => from <= at && at < to);

interface Scrape {
  readonly at: number;
  /** In OpenMetrics. */
  readonly text: string;
}

/** What one replica shows, every hour. */
function* scrapes(instance: string, replica: Replica, finishes: readonly Finish[], until: number): Generator<Scrape> {
  let seen: readonly Finish[] = [];
  let counted: readonly Finish[] | undefined;
  for (let at = -12; at <= until; at += 1) {
    if (within(replica.gone, at)) {
      [seen, counted] = [[], undefined];
      continue;
    }
    if (!within(replica.blind, at)) {
      const now = finishes.filter((finish) => finish.at <= at);
      // What had ended before it was started is known, but not counted.
      counted = counted ? [...counted, ...now.slice(seen.length)] : [];
      seen = now;
    }
    const text = [...samples(instance, seen, counted ?? [], first + at * hour)].join("");
    if (!within(replica.unscraped, at)) yield { at, text };
  }
}

function* samples(
  instance: string,
  seen: readonly Finish[],
  counted: readonly Finish[],
  at: number,
): Generator<string> {
  const sample = (name: string, labels: Readonly<Record<string, string>>, value: number) => {
    const all = Object.entries({ job: "cbr", instance, project: "prod", ...labels });
    return `${name}{${all.map(([label, text]) => `${label}="${text}"`).join(",")}} ${value} ${at}\n`;
  };
  const operation_type = "backup";
  for (const resource of new Set(seen.map((finish) => finish.resource))) {
    const its = seen.filter((finish) => finish.resource === resource);
    const of = { resource_id: `id of ${resource}`, operation_type };
    const names = { resource_name: resource, resource_type: "OS::Nova::Server", vault_id: "v", vault_name: "vault" };
    yield sample("cbr_resource_info", { resource_id: of.resource_id, ...names }, 1);
    for (const status of Object.values(outcomes)) {
      yield sample("cbr_resource_last_status", { ...of, status }, Number(its.at(-1)?.status === status));
    }
    const success = its.findLast(({ status }) => status === "success");
    if (success) yield sample("cbr_resource_last_success_timestamp_seconds", of, first + success.at * hour);
    yield sample("cbr_resource_last_ended_timestamp_seconds", of, first + (its.at(-1)?.at ?? 0) * hour);
    yield sample("cbr_resource_last_duration_seconds", of, its.at(-1)?.duration ?? 0);
  }
  for (const status of Object.values(outcomes)) {
    const count = counted.filter((finish) => finish.status === status).length;
    yield sample("cbr_tasks_finished_total", { operation_type, status }, count);
  }
  for (const bound of [...bounds, Number.POSITIVE_INFINITY]) {
    const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : bound.toFixed(1);
    const count = counted.filter(({ duration }) => duration <= bound).length;
    yield sample("cbr_finished_task_duration_seconds_bucket", { operation_type, le }, count);
  }
}

/** @param until hours from the first midnight on, at which the last scrape is. @returns a Prometheus that saw all of it */
export async function startFortnight(
  scripts: Readonly<Record<string, Script>>,
  replicas: Readonly<Record<string, Replica>>,
  until: number,
  durationOf: (night: number) => number,
): Promise<Prometheus> {
  const finishes = Object.entries(scripts)
    .flatMap(([resource, script]) => finishesOf(resource, script, durationOf))
    .sort((a, b) => a.at - b.at);
  const scraped = Object.entries(replicas).flatMap(([name, replica]) => [...scrapes(name, replica, finishes, until)]);
  const days: string[] = [];
  for (let from = -12; from <= until; from += 24) {
    days.push(scraped.flatMap(({ at, text }) => (at >= from && at < from + 24 ? text : [])).join(""));
  }
  return startPrometheusWith(days);
}
