import type { Scenario } from "./scenario.ts";
import { type Kept, seriesValues } from "./series-values.ts";
import { minuteZero, openWorld, type Target } from "./world.ts";

/** A series as promtool's rule tests write it. */
export interface InputSeries {
  /** `up{job="cbr",instance="a"}`. */
  readonly series: string;
  readonly values: string;
}

const zeroSeconds = minuteZero / 1e6;
/** Metrics that tell a time; Prometheus's own begins at minute 0 in a rule test. */
const times = /^(?:\w+_timestamp_seconds|cbr_exporter_time_seconds|process_start_time_seconds)$/;

/** Names of metrics. */
interface Names {
  has(name: string): boolean;
}

/**
 * Lets a scenario happen, and keeps what a Prometheus has of its targets that scrapes once a minute, or as often as the scenario says. A series that a
 * scrape lacks, and all series of a target that does not answer or is gone, are marked as ended.
 *
 * @param wanted the metrics that are looked at
 */
export async function recordHistory(scenario: Scenario, wanted: Names): Promise<readonly InputSeries[]> {
  const { setup = {}, happens = {}, until, step = 1, shown = () => true } = scenario;
  const history = new Map<string, Kept[]>();
  const put = (series: string, minute: number, value: number): void => {
    if (!shown(series)) return;
    const values = history.get(series) ?? [];
    history.set(series, values);
    values[minute / step] = value;
  };
  const world = await openWorld(setup);
  try {
    for (let minute = 0; minute <= until; minute += step) {
      if (minute > 0) await world.pass(step);
      for (const act of [happens[minute] ?? []].flat()) await act(world);
      await world.settle();
      for (const target of world.targets()) await scrape(target, wanted, (series, value) => put(series, minute, value));
    }
  } finally {
    await world.close();
  }
  return [...history].map(([series, values]) => ({ series, values: seriesValues(withEnds(values, until / step)) }));
}

async function scrape(
  { labels, scrape: ask }: Target,
  wanted: Names,
  put: (series: string, value: number) => void,
): Promise<void> {
  const own = Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(",");
  const text = await ask();
  put(`up{${own}}`, text === undefined ? 0 : 1);
  for (const line of text?.split("\n") ?? []) {
    const [name] = /^\w+/.exec(line) ?? [];
    if (name === undefined || !wanted.has(name)) continue;
    const end = line.lastIndexOf(" ");
    const labelled = line.slice(name.length + 1, end - 1);
    const value = Number(line.slice(end + 1));
    // To the microsecond, as they are told.
    const shown = times.test(name) ? Math.round((value - zeroSeconds) * 1e6) / 1e6 : value;
    put(`${name}{${own}${labelled === "" ? "" : `,${labelled}`}}`, shown);
  }
}

/** A value that is followed by none is followed by the mark of the end. */
function withEnds(values: readonly Kept[], last: number): readonly Kept[] {
  return Array.from({ length: last + 1 }, (_, n) =>
    values[n] === undefined && typeof values[n - 1] === "number" ? "stale" : values[n],
  );
}
