import { expect, test } from "vitest";
import { inTurn } from "../../bench/in-turn.mjs";

test("sides take turns, as often as their first round allows, after a quarter as many rounds of warm-up", async () => {
  const ms: Record<string, number> = { bare: 10, ours: 40, slow: 400 };
  const measured: string[] = [];
  const limits = { least: 2, most: 100, budgetMs: 400 };
  const taken = await inTurn(
    [
      { sides: ["bare", "ours"], limits },
      { sides: ["slow"], limits },
    ],
    async (side) => {
      measured.push(side);
      return [ms[side] ?? 0];
    },
  );
  expect(taken).toEqual({ bare: Array(8).fill(10), ours: Array(8).fill(40), slow: [400, 400] });
  const pair = ["bare", "ours"];
  const warmUp = [...pair, ...pair, "slow"];
  const rounds = [...pair, "slow", ...pair, "slow", ...Array(6).fill(pair).flat()];
  expect(measured).toEqual([...warmUp, ...rounds]);
});
