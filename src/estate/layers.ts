import { isDeepStrictEqual } from "node:util";
import { createRecordSet, type RecordSet } from "./record-set.ts";

/** Records that several look after, each with a layer of its own; of those with one key, the oldest layer's counts that tells all. */
export interface Layers<R> extends Pick<RecordSet<R>, "get" | "size" | "records" | "subscribe"> {
  /** These are all the records of a layer from now on; none: the layer has gone. What is as it was is told to nobody. */
  set(layer: string, records: Iterable<R>): void;
  /** The same in steps, a record each; one that ends before the last step has left the others as they were. */
  steps(layer: string, records: Iterable<R>): Iterable<void>;
}

/** @param tellsAll whether a record leaves out nothing that another of its key may tell */
export function createLayers<R extends { readonly key: string }>(
  tellsAll: (record: R) => boolean = () => true,
): Layers<R> {
  const records = createRecordSet<R>();
  const layers = new Map<string, Map<string, R>>();

  function settle(key: string): void {
    let counts: R | undefined;
    for (const layer of layers.values()) {
      const record = layer.get(key);
      counts ??= record;
      if (!record || !tellsAll(record)) continue;
      counts = record;
      break;
    }
    if (!counts) records.delete(key);
    else if (!isDeepStrictEqual(counts, records.get(key))) records.set(counts);
  }

  function* steps(name: string, shown: Iterable<R>): Generator<void> {
    const layer = layers.get(name) ?? new Map<string, R>();
    layers.set(name, layer);
    const keys = new Set<string>();
    for (const record of shown) {
      keys.add(record.key);
      layer.set(record.key, record);
      settle(record.key);
      yield;
    }
    for (const key of layer.keys()) {
      if (keys.has(key)) continue;
      layer.delete(key);
      settle(key);
      yield;
    }
    if (layer.size === 0) layers.delete(name);
  }

  return {
    get: records.get,
    size: records.size,
    records: records.records,
    subscribe: records.subscribe,
    set(name, shown) {
      for (const _ of steps(name, shown));
    },
    steps,
  };
}
