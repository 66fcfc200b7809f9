import { expect, test } from "vitest";
import { createSilence } from "../../src/collect/silence.ts";
import { manualClock } from "../support/manual-clock.ts";

/** What happens, each so many seconds after the one before: a task falls, or one is answered. */
type Happening = readonly ["falls" | "answers", number];

/** @returns what each fall was judged as */
async function judged(patience: number, happenings: readonly Happening[]): Promise<readonly boolean[]> {
  const clock = manualClock();
  const silence = createSilence(clock, patience);
  const judgements: boolean[] = [];
  for (const [what, seconds] of happenings) {
    await clock.advance(seconds * 1000);
    if (what === "falls") judgements.push(silence.fell());
    else silence.answered();
  }
  return judgements;
}

test.each<[string, number, readonly Happening[], readonly boolean[]]>([
  ["nothing falls", 2, [["answers", 120]], []],
  [
    "no more than patience allows",
    2,
    [
      ["falls", 60],
      ["falls", 60],
    ],
    [false, false],
  ],
  [
    "one more, a minute without an answer",
    2,
    [
      ["falls", 20],
      ["falls", 20],
      ["falls", 20],
    ],
    [false, false, true],
  ],
  [
    "one more, sooner",
    2,
    [
      ["falls", 20],
      ["falls", 20],
      ["falls", 19.9],
    ],
    [false, false, false],
  ],
  [
    "an answer begins anew",
    1,
    [
      ["falls", 40],
      ["answers", 40],
      ["falls", 59],
      ["falls", 0.5],
      ["falls", 0.5],
    ],
    [false, false, false, true],
  ],
])("%s", async (_, patience, happenings, expected) => {
  expect(await judged(patience, happenings)).toEqual(expected);
});
