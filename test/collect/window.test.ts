import fc from "fast-check";
import { expect, test } from "vitest";
import { type Micros, micros } from "../../src/base/micros.ts";
import { appearedAt, creationCounts, listingOverlap, planWindow } from "../../src/collect/window.ts";
import { newYear } from "../support/manual-clock.ts";

const hour = 3600e6;
const at = (hours: number): Micros => micros(newYear + hours * hour);
const hours = (time: Micros): number => (time - newYear) / hour;

const plan = (
  listedAt: number | undefined,
  {
    unfinished = [],
    onlyListed = [],
    counts = () => 0,
  }: {
    unfinished?: readonly number[];
    onlyListed?: readonly number[];
    counts?: (hour: number) => number;
  } = {},
) => {
  const { start, cut } = planWindow({
    now: at(1000),
    lookBack: micros(168 * hour),
    listedAt: listedAt === undefined ? undefined : at(listedAt),
    unfinished: unfinished.map(at),
    onlyListed: onlyListed.map(at),
    countSince: (time) => counts(hours(time)),
  });
  return [hours(start), hours(cut)];
};

test.each<[string, Parameters<typeof plan>, readonly [number, number]]>([
  ["the first looks back as far as it is told, and asks for some hours more", [undefined], [826, 832]],
  ["a later one goes back to the one before, and some hours", [999], [993, 993]],
  ["also after an outage that was longer than the first look", [700], [694, 694]],
  ["older unfinished tasks are listed too where that costs no page", [999, { unfinished: [900, 950] }], [900, 900]],
  [
    "or fewer pages than there are of them",
    [999, { unfinished: [900, 901, 902], counts: (h) => (h < 993 ? 1500 : 0) }],
    [900, 900],
  ],
  ["else each is asked for", [999, { unfinished: [900], counts: (h) => (h < 993 ? 1500 : 0) }], [993, 993]],
  [
    "or only the oldest",
    [999, { unfinished: [840, 900, 901, 902], counts: (h) => (h < 850 ? 5000 : h < 993 ? 900 : 0) }],
    [900, 900],
  ],
  ["none goes back further than the first did", [999, { unfinished: [10, 20, 30] }], [993, 993]],
  [
    "what nobody asks for is listed, whatever that costs",
    [999, { onlyListed: [900], counts: (h) => (h < 993 ? 1500 : 0) }],
    [900, 900],
  ],
  [
    "and older ones beyond where that costs no page more",
    [999, { onlyListed: [900], unfinished: [880, 950] }],
    [880, 880],
  ],
  ["but not further back than the first did", [999, { onlyListed: [10, 840] }], [840, 840]],
  ["nor later than what else is needed", [999, { onlyListed: [998] }], [993, 993]],
])("%s", (_, input, expected) => expect(plan(...input)).toEqual(expected));

test("there is no gap, whatever the pace, the outages, the skew and the delay with which records come", () => {
  const skew = fc.integer({ min: -10, max: 10 });
  const step = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 600, max: 6000 }));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(step, skew), { minLength: 2, maxLength: 20 }),
      fc.integer({ min: 0, max: 300 }),
      (steps, delay) => {
        const minute = 60e6;
        let listedAt: Micros | undefined;
        let now = newYear as number;
        for (const [minutes, ahead] of steps) {
          const before = listedAt === undefined ? undefined : now;
          now += minutes * minute;
          const seen = micros(now + ahead * minute);
          const { start } = planWindow({
            now: seen,
            lookBack: micros(hour),
            listedAt,
            unfinished: [],
            onlyListed: [],
            countSince: () => 0,
          });
          // What could not be seen by the listing before, since it came into the list afterwards.
          if (before !== undefined) expect(start).toBeLessThanOrEqual(before - delay * minute);
          listedAt = seen;
        }
      },
    ),
  );
});

test("tasks are counted by the hour in which they appeared", () => {
  const counts = creationCounts();
  for (const hour of [1.5, 1.9, 3, 5]) counts.add(at(hour));
  expect([0, 1, 2, 5, 6].map((hour) => counts.since(at(hour)))).toEqual([4, 4, 2, 1, 0]);
  counts.forget(at(2));
  expect(counts.since(at(0))).toBe(2);
});

test.each([
  [{}, undefined],
  [{ createdAt: at(1) }, at(1)],
  [{ startedAt: at(2) }, at(2)],
  [{ createdAt: at(1), startedAt: at(2) }, at(2)],
  [{ createdAt: at(3), startedAt: at(2) }, at(3)],
])("a task appears when it was both created and started: %j", (times, expected) => {
  expect(appearedAt(times)).toBe(expected);
});

test("the overlap is six hours", () => expect(listingOverlap).toBe(6 * hour));
