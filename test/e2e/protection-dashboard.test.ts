import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { promqlOf } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { askedDashboard, numbers, total } from "./dashboard/ask.ts";
import { midnight, type Replica, type Script, startFortnight } from "./dashboard/fortnight.ts";
import { createStage } from "./dashboard/stage.ts";
import type { Prometheus } from "./prometheus.ts";
import { type GrafanaSource, grafanaSource, type Series } from "./prometheus-range.ts";

const patience = { timeout: 60_000, interval: 500 };
const file = "cbr-protection.json";
const stage = createStage();
const finishes = "Finishes a day by status A";
const ends: (() => Promise<void>)[] = [];

afterAll(async () => {
  await stage.end();
  for (const end of ends) await end();
});

describe("one exporter finds a fleet, all is well", () => {
  const { queries, answer, resultOf, shown } = askedDashboard(file);
  const resources = 20;
  let one: GrafanaSource;
  let two: GrafanaSource;
  let cut: GrafanaSource;
  let nothing: readonly GrafanaSource[];

  beforeAll(async () => {
    const cloud = await startSimulator({ tasks: [], fleet: { resources, days: 14 } });
    ends.push(() => cloud.close());
    const config = (discover = "", project = vendorProjectId) => `projects:
  - { name: fleet, id: ${project}, endpoint: "${cloud.url}", auth: { token: demo-token } }
collectors:
  - { name: nightly, schedule: "* * * * * *", discover: { since: 14d${discover} }, inventory: { unprotected: [server] } }
`;
    one = await stage.scrape(await stage.exporter(config()));
    two = await stage.scrape(await stage.exporter(config()), await stage.exporter(config()));
    cut = await stage.scrape(await stage.exporter(config(", max_tasks: 10")));
    nothing = [await stage.scrape(), await stage.scrape(await stage.exporter(config("", "another")))];
  });

  test.each(queries)("$name has a result", async (query) => {
    // Whether a night is over, and what has come of it, depends on the time of the day: a scripted fortnight tells. And
    // where a vault leads is seen in samples that lie hours apart: a scripted week tells.
    if (["Nights A", "Vaults, fullest first D"].includes(query.name)) await resultOf(one, query);
    else await expect.poll(() => resultOf(one, query), patience).not.toEqual([]);
  });

  test.each(queries)("$name of chosen ones", async (query) => {
    const chosen = { project: ["fleet"], operation_type: ["backup"], vault: ["fleet-01"], resource: await shown(one) };
    await resultOf(one, query, chosen);
  });

  test.each(queries)("$name, two replicas", async (query) => {
    await resultOf(two, query);
  });

  test("every resource counts once", async () => {
    for (const source of [one, two]) {
      await expect.poll(async () => total(await answer(source, "Resources A")), patience).toBe(resources);
      await expect.poll(() => answer(source, "Resources, worst first C"), patience).toHaveLength(resources);
      expect(new Set(await shown(source)).size).toBe(resources);
    }
  });

  test("a choice narrows everything", async () => {
    const [first = "", second = ""] = await shown(one);
    const resource = [first, second];
    expect((await answer(one, "$resource")) as unknown).toEqual(expect.arrayContaining(resource));
    expect(total(await answer(one, "Resources A", { resource }))).toBe(2);
    expect(total(await answer(one, "Resources A", { vault: ["another"] }))).toBe(0);
  });

  test("tasks that are dropped are told", async () => {
    const dropped = async () => total(await answer(cut, "Collectors that find tasks F"));
    await expect.poll(dropped, patience).toBeGreaterThanOrEqual(resources - 10);
  });

  test.each(queries)("$name, nothing to show", async (query) => {
    for (const source of nothing) await resultOf(source, query);
  });

  test("no resources are not 0 failed ones", async () => {
    for (const source of nothing) expect(await answer(source, "Last one failed A")).toEqual([]);
  });
});

describe("a fortnight of two replicas", () => {
  const day = 24 * 3600;
  const { answer, shown } = askedDashboard(file, { back: 14 * day, step: day });
  const atOne = () => 1;
  /** Night by night, what is done and what the timeline says of it; it is three o'clock in the fifteenth. */
  const scripts: Readonly<Record<string, Script & { readonly shown: string }>> = {
    //                                               night   0    5    10   14
    "ends about midnight": {
      ends: (night) => (night % 2 ? 0.5 : -0.5),
      nights: "sssssssssssssss",
      shown: "sssssssssssssss",
    },
    "misses a night": { ends: () => 4, nights: "sss sssssssssss", shown: "sssmssssssssss-" },
    "is repeated by hand": { ends: atOne, nights: "sssssrsssssssrs", shown: "sssssssssssssss" },
    "fails, then misses": { ends: atOne, nights: "ssssssf ssssss ", shown: "ssssssfmssssss-" },
    "comes late": { ends: atOne, nights: "          sssss", shown: "----------sssss" },
    "fails at last": { ends: () => 2, nights: "sssssssssffffff", shown: "sssssssssffffff" },
    "never succeeds": { ends: atOne, nights: "fffffffffffffff", shown: "fffffffffffffff" },
    "times out, is skipped": { ends: atOne, nights: "sssstssssksssss", shown: "sssstssssksssss" },
  };
  const codes = { s: 3, k: 4, t: 5, f: 6, m: 7 };
  // Both are blind from one evening to the next afternoon, and not scraped in the night after.
  const both: Replica = { blind: [[11 * 24 - 4, 11 * 24 + 15]], unscraped: [[12 * 24 - 2, 12 * 24 + 13]] };
  const replicas: Readonly<Record<string, Replica>> = {
    a: { ...both, gone: [[7 * 24 + 14, 9 * 24 + 14]] },
    // Blind again after a failure, before it is repeated.
    b: { ...both, blind: [[2 * 24 - 6, 5 * 24 + 6], ...(both.blind ?? []), [13 * 24 + 5, 15 * 24]] },
  };
  let source: GrafanaSource;
  let prometheus: Prometheus;

  beforeAll(async () => {
    const seconds = (night: number) => (night < 7 ? 900 : 3000);
    prometheus = await startFortnight(scripts, replicas, 14 * 24 + 3, seconds);
    ends.push(() => prometheus.stop());
    source = grafanaSource(prometheus, () => midnight(14) + 3 * 3600);
  });

  /** By night, the value of the one series that the labels name. */
  async function nightsOf(query: string, labels: Readonly<Record<string, string>>) {
    const series = (await answer(source, query)).filter(({ metric }) =>
      Object.entries(labels).every(([label, text]) => metric[label] === text),
    );
    expect(series, query).toHaveLength(1);
    return new Map(series[0]?.values?.map(([at, value]) => [Math.round((at - midnight(0)) / day), Number(value)]));
  }

  test.each(Object.entries(scripts))("a resource that %s", async (resource_name, { shown: expected }) => {
    const values = await nightsOf("Nights A", { resource_name });
    const letter = (code?: number) => Object.entries(codes).find(([, known]) => known === code)?.[0] ?? "-";
    expect(Array.from(expected, (_, night) => letter(values.get(night))).join("")).toBe(expected);
  });

  test("one query of the docs finds which resource missed which night", async () => {
    const [query = ""] = promqlOf(readFileSync(`${projectRoot}docs/discovery.md`, "utf8"));
    const noon = (night: number) => midnight(night) + day / 2;
    const times = { start: String(noon(1)), end: String(noon(10)), step: String(day) };
    const { result } = (await prometheus.ask("query_range", { query, ...times })) as { result: Required<Series>[] };
    const missed = result.map(({ metric, values }) => [
      metric["resource_id"]?.replace("id of ", ""),
      values.map(([at]) => (at - noon(0)) / day),
    ]);
    expect(Object.fromEntries(missed)).toEqual({
      "misses a night": [3],
      "fails, then misses": [6, 7],
      "fails at last": [9, 10],
      "times out, is skipped": [4, 9],
    });
  });

  test("those that need to be looked at come first", async () => {
    const ids = ["never succeeds", "fails at last", "fails, then misses", "misses a night"].map(
      (name) => `id of ${name}`,
    );
    expect((await shown(source)).slice(0, 4)).toEqual(ids);
  });

  test.each([
    ["Resources A", 8],
    ["Last one failed A", 2],
    ["Never succeeded A", 1],
    ["No success for 26 hours A", 1],
    ["Oldest success A", 6 * day + 3600],
  ])("%s: %d", async (query, expected) => {
    expect(numbers(await answer(source, query))).toEqual([expected]);
  });

  test("each finish counts once, whichever replica was gone or blind", async () => {
    const [success, failed] = [
      await nightsOf(finishes, { status: "success" }),
      await nightsOf(finishes, { status: "failed" }),
    ];
    const counts = (of: ReadonlyMap<number, number>) => [3, 6, 8, 10].map((night) => Math.round(of.get(night) ?? 0));
    expect(counts(success)).toEqual([5, 5, 6, 6]);
    expect(counts(failed)).toEqual([1, 2, 1, 2]);
  });

  test("durations are those of the nights", async () => {
    for (const [query, before, after] of [
      ["Duration by night A", 900, 2700],
      ["Duration by night B", 1170, 3510],
    ] as const) {
      const values = await nightsOf(query, { operation_type: "backup" });
      expect([values.get(3), values.get(8)]).toEqual([before, after]);
    }
  });
});
