/**
 * A span in which the zone's clock keeps its offset. Times are whole seconds since 1970.
 * It may end, or begin, where nothing changes: it is as much of the zone as was looked at.
 */
export interface Stretch {
  readonly start: number;
  /** The first second that no longer belongs to it. */
  readonly end: number;
  /** What the zone's clock shows, less UTC. */
  readonly offset: number;
  /** The offset up to `start`: larger when the clock was put back there, smaller when it left a time out. */
  readonly before: number;
}

export interface Zone {
  stretchAt(time: number): Stretch;
}

export const daySeconds = 86_400;

/** A day that is asked for is seen as a whole, whichever side of UTC the zone is on. */
const daysAhead = 3;

/** @param name IANA name; throws a RangeError for an unknown one */
export function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });

  function offsetAt(time: number): number {
    // Half as dear as formatToParts; this locale writes 10/25/2026, 02:30:00.
    const [month = 0, day, year = 0, hour, minute, second] = (format.format(time * 1000).match(/\d+/g) ?? []).map(
      Number,
    );
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - time;
  }

  /** The first second after a change of offset between two times. */
  function changeBetween(from: number, to: number): number {
    const offset = offsetAt(from);
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (offsetAt(middle) === offset) from = middle;
      else to = middle;
    }
    return to;
  }

  function lookAround(time: number): Stretch {
    const offset = offsetAt(time);
    // What changed longer ago is over: no clock was ever put back by more than a day.
    const dayBefore = time - daySeconds;
    const before = offsetAt(dayBefore);
    const start = before === offset ? dayBefore : changeBetween(dayBefore, time);
    let end = time;
    let after = offset;
    // Day by day: clocks can change twice within a week, as those of Recife did in 2000.
    for (let day = 1; day <= daysAhead && after === offset; day += 1) {
      const later = time + day * daySeconds;
      after = offsetAt(later);
      end = after === offset ? later : changeBetween(end, later);
    }
    return { start, end, offset, before };
  }

  let kept: readonly Stretch[] = [];
  return {
    stretchAt(time) {
      const known = kept.find(({ start, end }) => start <= time && time < end);
      if (known) return known;
      const found = lookAround(time);
      kept = [found, ...kept.slice(0, 3)];
      return found;
    },
  };
}
