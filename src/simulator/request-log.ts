/** How often and when tasks were asked for, within limits. */
export interface RequestLog {
  add(id: string, at: number): void;
  /** Requests of `id`, or of all ids. */
  count(id?: string): number;
  /** When the last requests of `id` came, oldest first, in milliseconds since 1970. */
  times(id: string): readonly number[];
}

export interface RequestLogLimits {
  /** Times kept of each id. Default 256. */
  readonly times?: number;
  /** Ids kept; further ones count in the total alone. Default 100 000. */
  readonly ids?: number;
}

export function requestLog({ times: maxTimes = 256, ids: maxIds = 100_000 }: RequestLogLimits = {}): RequestLog {
  const seen = new Map<string, { count: number; times: number[] }>();
  let total = 0;
  return {
    add(id, at) {
      total++;
      const entry = seen.get(id) ?? { count: 0, times: [] };
      if (entry.count === 0 && seen.size >= maxIds) return;
      seen.set(id, entry);
      entry.count++;
      entry.times.push(at);
      if (entry.times.length > maxTimes) entry.times.shift();
    },
    count: (id) => (id === undefined ? total : (seen.get(id)?.count ?? 0)),
    times: (id) => [...(seen.get(id)?.times ?? [])],
  };
}
