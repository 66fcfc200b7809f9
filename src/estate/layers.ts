import { isDeepStrictEqual } from "node:util";
import { createRecordSet, type RecordSet } from "./record-set.ts";

/** Records that several look after, each with a layer of its own; of those with one key, the oldest layer's counts. */
export interface Layers<R> extends Pick<RecordSet<R>, "get" | "size" | "records" | "subscribe"> {
  /** These are all the records of a layer from now on; none: the layer has gone. What is as it was is told to nobody. */
  set(layer: string, records: Iterable<R>): void;
}

export function createLayers<R extends { readonly key: string }>(): Layers<R> {
  const records = createRecordSet<R>();
  const layers = new Map<string, ReadonlyMap<string, R>>();

  function settle(key: string): void {
    for (const layer of layers.values()) {
      const record = layer.get(key);
      if (!record) continue;
      if (!isDeepStrictEqual(record, records.get(key))) records.set(record);
      return;
    }
    records.delete(key);
  }

  return {
    get: records.get,
    size: records.size,
    records: records.records,
    subscribe: records.subscribe,
    set(name, shown) {
      const before = layers.get(name);
      const layer = new Map<string, R>();
      for (const record of shown) layer.set(record.key, record);
      if (layer.size > 0) layers.set(name, layer);
      else layers.delete(name);
      for (const key of layer.keys()) settle(key);
      for (const key of before?.keys() ?? []) if (!layer.has(key)) settle(key);
    },
  };
}
