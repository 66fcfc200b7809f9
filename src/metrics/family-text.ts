import type { Family, Labels } from "./families/family.ts";
import { type Format, headText, labelText, sampleText } from "./text.ts";

/** Records that change one at a time, each change told to the subscribers. */
export interface RecordSource<R> {
  records(): Iterable<R>;
  /** `before` absent: the record is new; `after` absent: it has left. */
  subscribe(on: (before: R | undefined, after: R | undefined) => void): () => void;
}

/** Text in chunks of bytes; a chunk is the same object as long as it says the same. */
export interface TextSource {
  chunks(): readonly Uint8Array[];
}

/**
 * The series of all records of a source, a chunk a family. Each family's text of each record is kept until the record
 * changes; a look writes anew what changed since the last one. Gauges alone: their bytes are the same in both formats.
 */
export function familyText<R extends { readonly key: string }>(
  source: RecordSource<R>,
  families: readonly Family<R>[],
  labels: (record: R) => Labels,
): TextSource {
  const blocks = families.map((family) => ({
    family,
    texts: new Map<string, string>(),
    chunk: undefined as Uint8Array | undefined,
  }));
  /** Changed since the last look. What has left is in no map: without a look, no more is kept than there are records. */
  const changed = new Map<string, R>();

  for (const record of source.records()) changed.set(record.key, record);
  source.subscribe((before, after) => {
    if (after) changed.set(after.key, after);
    else if (before) {
      changed.delete(before.key);
      for (const block of blocks) if (block.texts.delete(before.key)) block.chunk = undefined;
    }
  });

  function write(record: R): void {
    const shared = labelText(labels(record));
    for (const block of blocks) {
      const text = samplesText(block.family, record, shared);
      if ((block.texts.get(record.key) ?? "") === text) continue;
      if (text === "") block.texts.delete(record.key);
      else block.texts.set(record.key, text);
      block.chunk = undefined;
    }
  }

  return {
    chunks() {
      for (const record of changed.values()) write(record);
      changed.clear();
      return blocks.map((block) => {
        block.chunk ??= Buffer.from(headText(block.family, "text") + [...block.texts.values()].join(""));
        return block.chunk;
      });
    },
  };
}

/** The series of records as they are now, one family after the other, nothing kept. */
export function recordsText<R>(
  records: readonly R[],
  families: readonly Family<R, "gauge" | "counter">[],
  labels: (record: R) => Labels,
  format: Format,
): string {
  return families
    .map((family) => {
      const texts = records.map((record) => samplesText(family, record, labelText(labels(record))));
      return headText(family, format) + texts.join("");
    })
    .join("");
}

/** @param shared the labels that all series of the record carry */
function samplesText<R>({ name, samples }: Family<R, "gauge" | "counter">, record: R, shared: string): string {
  let text = "";
  for (const { labels, value } of samples(record)) {
    text += sampleText(name, labels ? `${shared},${labelText(labels)}` : shared, value);
  }
  return text;
}
