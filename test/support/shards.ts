import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { type LiveCloud, type LiveExporter, startLiveExporter } from "./live-exporter.ts";

/** Of one task, or of one resource. */
export const ofOne = /^cbr_(task|resource)_/;
export const ofMany = /^cbr_(tasks|tasks_finished_total|finished_task_duration_seconds_(count|sum)|collector_tasks)$/;

/** Exporters that share one cloud. */
export interface Shards {
  readonly cloud: LiveCloud;
  readonly exporters: readonly LiveExporter[];
  /** Which of them show each series of these names, and with which value; those that are 0 are left out. */
  shown(names: RegExp): Promise<ReadonlyMap<string, readonly Shown[]>>;
  close(): Promise<void>;
}

interface Shown {
  readonly shard: number;
  readonly value: number;
}

/** @param storage a folder in which each has its own */
export async function startShards(cloud: LiveCloud, count: number, config: Config, storage?: string): Promise<Shards> {
  const exporters: LiveExporter[] = [];
  for (let index = 0; index < count; index += 1) {
    const folder = storage === undefined ? {} : { storage: join(storage, `${index}`) };
    exporters.push(await startLiveExporter({ cloud, shard: { index, count }, ...folder }));
  }
  let isOpen = true;
  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    for (const exporter of exporters) await exporter.close();
  }
  onTestFinished(close);
  for (const exporter of exporters) await exporter.reload(config);
  return {
    cloud,
    exporters,
    async shown(names) {
      await cloud.clock.advance(1_000);
      const shown = new Map<string, Shown[]>();
      for (const [shard, exporter] of exporters.entries()) {
        for (const line of (await exporter.expose()).split("\n")) {
          const [, series = "", name = "", text = ""] = /^((\w+)(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
          const value = Number(text);
          if (!names.test(name) || value === 0) continue;
          shown.set(series, [...(shown.get(series) ?? []), { shard, value }]);
        }
      }
      return shown;
    },
    close,
  };
}

export type Series = Awaited<ReturnType<Shards["shown"]>>;

export function valuesOf(series: Series): ReadonlyMap<string, readonly number[]> {
  return new Map([...series].map(([name, shown]) => [name, shown.map(({ value }) => value)] as const).sort());
}

export function sumsOf(series: Series): ReadonlyMap<string, number> {
  return new Map([...valuesOf(series)].map(([name, values]) => [name, values.reduce((sum, value) => sum + value, 0)]));
}
