import { type Prometheus, startPrometheus } from "./prometheus.ts";

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Range {
  /** Seconds before the end, which is a multiple of the step, as Grafana has it. */
  readonly back: number;
  /** Seconds. */
  readonly step: number;
}

/** A real Prometheus as Grafana talks to it. Errors and warnings of a query are errors here. */
export interface GrafanaSource {
  instant(expression: string): Promise<readonly Series[]>;
  range(expression: string, range: Range): Promise<readonly Series[]>;
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** @param targets `host:port` of each replica that it scrapes, every second */
export async function startGrafanaSource(targets: readonly string[]): Promise<GrafanaSource> {
  return grafanaSource(await startPrometheus({ targets }));
}

/** @param now seconds since 1970, at which the dashboard is looked at */
export function grafanaSource({ ask, stop }: Prometheus, now = () => Date.now() / 1000): GrafanaSource {
  return {
    async instant(query) {
      return ((await ask("query", { query, time: String(now()) })) as { result: Series[] }).result;
    },
    async range(query, { back, step }) {
      const end = Math.floor(now() / step) * step;
      const times = { start: String(end - back), end: String(end), step: String(step) };
      return ((await ask("query_range", { query, ...times })) as { result: Series[] }).result;
    },
    async labelValues(label, selector) {
      return (await ask(`label/${label}/values`, { "match[]": selector })) as string[];
    },
    stop,
  };
}
