import { roundsFor } from "./statistics.mjs";

/**
 * Measures several sides in turn, so that what else the machine does strikes all of them.
 *
 * @param groups sides by name (`sides`) that are to have the same number of rounds, and the `limits` of that
 *   (`roundsFor`, which is told what the first round took); a quarter as many come before, to warm up
 * @param measure takes a side's name. @returns values in ms
 * @returns the values of each side, by name
 */
export async function inTurn(groups, measure) {
  const taken = {};
  const plans = [];
  for (const { sides, limits } of groups) {
    let took = 0;
    for (const side of sides) {
      took += Math.max(...(await measure(side)));
      taken[side] = [];
    }
    const rounds = roundsFor(took, limits);
    for (let more = 1; more < rounds / 4; more += 1) for (const side of sides) await measure(side);
    plans.push({ sides, rounds });
  }
  const most = Math.max(...plans.map(({ rounds }) => rounds));
  for (let round = 0; round < most; round += 1) {
    for (const { sides } of plans.filter(({ rounds }) => round < rounds)) {
      for (const side of sides) taken[side].push(...(await measure(side)));
    }
  }
  return taken;
}
