/** Records that are replaced one at a time, each change told to the subscribers. */
export interface RecordSet<R> {
  get(key: string): R | undefined;
  size(): number;
  records(): Iterable<R>;
  set(record: R): void;
  delete(key: string): void;
  /** `before` absent: the record is new; `after` absent: it has left. @returns a function that ends the subscription */
  subscribe(on: (before: R | undefined, after: R | undefined) => void): () => void;
}

export function createRecordSet<R extends { readonly key: string }>(): RecordSet<R> {
  const records = new Map<string, R>();
  const subscribers = new Set<(before: R | undefined, after: R | undefined) => void>();

  function tell(before: R | undefined, after: R | undefined): void {
    for (const notify of subscribers) notify(before, after);
  }

  return {
    get: (key) => records.get(key),
    size: () => records.size,
    records: () => records.values(),
    set(record) {
      const before = records.get(record.key);
      records.set(record.key, record);
      tell(before, record);
    },
    delete(key) {
      const before = records.get(key);
      if (before && records.delete(key)) tell(before, undefined);
    },
    subscribe(on) {
      subscribers.add(on);
      return () => subscribers.delete(on);
    },
  };
}
