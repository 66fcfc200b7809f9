import { type ReadSample, readSamples } from "../../metrics/read-exposition.ts";
import { replicaHistory } from "./replica-history.ts";
import type { Minute, Replica } from "./scenario.ts";
import type { Kept } from "./series-values.ts";

/** Series by their text, such as `up{job="cbr",instance="a"}`, with what is kept of them minute by minute. */
export type History = ReadonlyMap<string, readonly Kept[]>;

/**
 * What a Prometheus has of a scenario's exporters that scrapes once a minute: a series that a scrape lacks, and all
 * series of a target that does not answer or that is gone, are marked as ended.
 *
 * @param wanted whether a metric is looked at
 */
export async function scrapedHistory(
  replicas: readonly Replica[],
  end: Minute,
  wanted: (metric: string) => boolean,
): Promise<History> {
  const history = new Map<string, Kept[]>();
  for (const replica of replicas) await scrapeReplica(history, replica, end, wanted);
  return history;
}

async function scrapeReplica(
  history: Map<string, Kept[]>,
  replica: Replica,
  end: Minute,
  wanted: (metric: string) => boolean,
): Promise<void> {
  const { instance, lives = [0, end + 1] } = replica;
  const [from, until] = replica.listed ?? lives;
  const scrapes = await replicaHistory(replica, end);
  const own = new Set<string>();
  const put = (series: string, minute: Minute, value: number): void => {
    own.add(series);
    const values = history.get(series) ?? [];
    history.set(series, values);
    values[minute] = value;
  };
  const up = `up{job="cbr",instance="${instance}"}`;
  for (let minute = from; minute < Math.min(until, end + 1); minute += 1) {
    const text = scrapes.get(minute);
    put(up, minute, text === undefined ? 0 : 1);
    for (const sample of readSamples(text ?? "")) {
      if (wanted(sample.name)) put(seriesOf(sample, instance), minute, Number(sample.value));
    }
  }
  for (const series of own) markEnds(history.get(series) ?? [], end);
}

/** A value that is followed by none is followed by the mark of the end. */
function markEnds(values: Kept[], end: Minute): void {
  for (let minute = 1; minute <= end; minute += 1) {
    if (values[minute] === undefined && typeof values[minute - 1] === "number") values[minute] = "stale";
  }
  values.length = end + 1;
}

function seriesOf({ name, labels }: ReadSample, instance: string): string {
  const all = { job: "cbr", instance, ...labels };
  return `${name}{${Object.entries(all)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",")}}`;
}
