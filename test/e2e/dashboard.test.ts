import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoIds, demoPlan } from "../../src/simulator/tasks/demo-plan.ts";
import { askedDashboard, total } from "./dashboard/ask.ts";
import { createStage } from "./dashboard/stage.ts";
import { lostTask, startTrouble } from "./dashboard/trouble.ts";
import type { GrafanaSource, Series } from "./prometheus-range.ts";

const patience = { timeout: 60_000, interval: 500 };
/** What the demo lists; what it finds besides depends on the night. */
const listed = { collector: demoPlan.flatMap(({ collector, tasks }) => (tasks ? [collector] : [])) };
const demoTasks = demoPlan.flatMap(({ tasks = [] }) => tasks).length;
const { queries, query: queryNamed, resultOf, answer, shown } = askedDashboard("cbr-overview.json");

/** Empty while all is well, and why; each has a result where there is trouble. */
const quiet: Readonly<Record<string, string>> = {
  "Errors by reason A": "no request fails but the first of the mistyped id, which may come before the first scrape",
  "Tasks M": "no poll of the demo fails, but the one that is answered: not found",
  "Throttled requests A": "the demo's cloud does not throttle",
  "Time until a credential ends A": "the demo's token is written in its configuration: nobody knows when it ends",
  "Collectors F": "no collector of the demo has task files",
  "Fields left out A": "every field of the demo's cloud is good",
};

const noTasks = `projects:
  - { name: idle, id: 04f1829c788037ac2fb8c01eb2b04b95, endpoint: "http://127.0.0.1:9", auth: { token: none } }
collectors: []
`;

const stage = createStage();
let one: GrafanaSource;
let two: GrafanaSource;
let troubled: GrafanaSource;
let nothing: readonly GrafanaSource[];
let trouble: Awaited<ReturnType<typeof startTrouble>>;
let leaving: Awaited<ReturnType<typeof stage.demo>>;

beforeAll(async () => {
  one = await stage.scrape(await stage.demo());
  leaving = await stage.demo();
  two = await stage.scrape(leaving, await stage.demo());
  trouble = await startTrouble();
  troubled = await stage.scrape(await stage.exporter(trouble.config, trouble.files));
  nothing = [await stage.scrape(), await stage.scrape(await stage.exporter(noTasks))];
});

afterAll(async () => {
  await stage.end();
  await trouble?.stop();
});

const tasksOf = (series: readonly Series[]) => series.map(({ metric }) => metric["task_id"]);

describe("one exporter, all is well", () => {
  test.each(queries)("$name has a result", async (query) => {
    if (query.name in quiet) await resultOf(one, query);
    else await expect.poll(() => resultOf(one, query), patience).not.toEqual([]);
  });

  test("the table has every task, those first that need to be looked at", async () => {
    await expect.poll(async () => total(await answer(one, "Timed out A", listed)), patience).toBe(1);
    await expect.poll(async () => total(await answer(one, "Failed A", listed)), patience).toBe(2);
    expect(await answer(one, "Tasks A", listed)).toHaveLength(demoTasks);
    expect((await shown(one, listed)).slice(0, 4)).toEqual([
      demoIds.failingReplication,
      demoIds.vaultDelete,
      demoIds.copy,
      demoIds.unknown,
    ]);
  });

  test("a failure is one mark, at the time that the cloud gives for it", async () => {
    const marks = (await answer(one, "Task failed")).filter(({ metric }) => metric["task_id"] === demoIds.vaultDelete);
    const times = new Set(marks.flatMap(({ values }) => values ?? []).map(([, value]) => Number(value)));
    const [ended] = await one.instant(`cbr_task_ended_timestamp_seconds{task_id="${demoIds.vaultDelete}"}`);
    expect([...times]).toEqual([1000 * Number(ended?.value?.[1])]);
  });

  test("a task that stands still is found", async () => {
    const sooner = queryNamed("Stalled A", (expression) => expression.replace(">= 3600", ">= 5"));
    await expect.poll(async () => total((await resultOf(one, sooner)) as Series[]), patience).toBeGreaterThan(0);
  });

  test("an overdue poll is found", async () => {
    const sooner = queryNamed("Overdue polls A", (expression) => expression.replace("> bool 300", "> bool -60"));
    const [series] = (await resultOf(one, sooner)) as Series[];
    expect(Number(series?.values?.at(-1)?.[1])).toBeGreaterThan(0);
  });
});

describe("chosen values", () => {
  const choice = {
    project: ["demo"],
    collector: ["migration-weekend"],
    operation_type: ["replication"],
    task: [demoIds.failingReplication],
  };

  test.each(queries)("$name", async (query) => {
    await resultOf(one, query, choice);
  });

  test("one task", async () => {
    await expect.poll(async () => tasksOf(await answer(one, "Tasks A", choice)), patience).toEqual(choice.task);
    expect(total(await answer(one, "Tasks by status A", choice))).toBe(1);
  });

  test("several tasks", async () => {
    const task = [demoIds.copy, demoIds.sync];
    expect(tasksOf(await answer(one, "Tasks A", { task })).toSorted()).toEqual(task);
  });

  test("a collector", async () => {
    const chosen = { collector: ["housekeeping"] };
    expect(await answer(one, "Tasks A", chosen)).toHaveLength(5);
    expect(await answer(one, "$task", chosen)).toHaveLength(5);
    expect(total(await answer(one, "Failed A", chosen))).toBe(1);
  });

  test("a task that was never answered has no operation type: it is there for All alone", async () => {
    expect(tasksOf(await answer(one, "Tasks A", listed))).toContain(demoIds.unknown);
    const types = (await answer(one, "$operation_type")) as unknown as string[];
    const known = tasksOf(await answer(one, "Tasks A", { ...listed, operation_type: types }));
    expect(known).toHaveLength(demoTasks - 1);
    expect(known).not.toContain(demoIds.unknown);
  });

  test("a status narrows the table alone", async () => {
    await expect
      .poll(async () => tasksOf(await answer(one, "Tasks A", { ...listed, status: ["timeout"] })), patience)
      .toEqual([demoIds.copy]);
    expect(total(await answer(one, "Failed A", { ...listed, status: ["timeout"] }))).toBe(2);
  });

  test("what is special in a regular expression is not", async () => {
    expect(await answer(one, "Tasks A", { project: ["de.o"] })).toEqual([]);
    expect(await answer(one, "Tasks A", { ...listed, project: ["demo", "x(y"] })).toHaveLength(demoTasks);
  });
});

describe("two replicas", () => {
  test.each(queries)("$name", async (query) => {
    await resultOf(two, query);
  });

  test("every task counts once, also when a replica is gone", async () => {
    await expect.poll(() => two.instant("up == 1"), patience).toHaveLength(2);
    const count = async () => total(await answer(two, "Tasks by status A", listed));
    await expect.poll(count, patience).toBe(demoTasks);
    expect(await answer(two, "Tasks A", listed)).toHaveLength(demoTasks);
    expect(await answer(two, "Tasks C", listed)).toHaveLength(demoTasks);
    await leaving.stop();
    await expect.poll(() => two.instant("up == 0"), patience).toHaveLength(1);
    expect(await count()).toBe(demoTasks);
    for (const query of queries) await resultOf(two, query);
  });
});

describe("trouble", () => {
  test.each(Object.entries(quiet))("%s has a result, which it has not in the demo: %s", async (name) => {
    await expect.poll(() => answer(troubled, name), patience).not.toEqual([]);
  });

  test("a running task whose polls fail is running (not fresh), everywhere", async () => {
    const code = async (name: string) => {
      const rows = (await answer(troubled, name)).filter(({ metric }) => metric["task_id"] === lostTask);
      return rows.map(({ value, values }) => Number((value ?? values?.at(-1))?.[1]));
    };
    await expect.poll(() => code("Tasks A"), patience).toEqual([2]);
    trouble.lose();
    await expect.poll(() => code("Tasks A"), patience).toEqual([12]);
    await expect.poll(() => code("Status over time A"), patience).toEqual([12]);
    expect((await answer(troubled, "Tasks by status A")).map(({ metric }) => metric["status"])).toContain(
      "running (not fresh)",
    );
    expect(total(await answer(troubled, "Not fresh A"))).toBeGreaterThan(0);
    expect((await answer(troubled, "Tasks L")).map(({ metric }) => metric["reason"])).toContain("server_error");
    expect(tasksOf(await answer(troubled, "Tasks G"))).not.toContain(lostTask);
  });
});

describe("nothing to show", () => {
  test.each(queries)("$name", async (query) => {
    for (const source of nothing) await resultOf(source, query);
  });

  test("no tasks are not 0 failed tasks", async () => {
    for (const source of nothing) expect(await answer(source, "Failed A")).toEqual([]);
  });
});
