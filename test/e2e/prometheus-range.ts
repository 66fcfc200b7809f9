import { startPrometheus } from "./prometheus.ts";

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Range {
  /** Seconds before now. */
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
  const { ask, stop } = await startPrometheus({ targets });
  return {
    async instant(query) {
      return ((await ask("query", { query })) as { result: Series[] }).result;
    },
    async range(query, { back, step }) {
      const end = Date.now() / 1000;
      const times = { start: String(end - back), end: String(end), step: String(step) };
      return ((await ask("query_range", { query, ...times })) as { result: Series[] }).result;
    },
    async labelValues(label, selector) {
      return (await ask(`label/${label}/values`, { "match[]": selector })) as string[];
    },
    stop,
  };
}
