import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { addressOf, type Program, startProgram } from "../program.ts";

const lanes = 4;
const kills = 200;
/** What has been exposed for longer is never lost. */
const lastingMs = 10_000;

/** A finished task as it is exposed. */
interface Exposed {
  readonly status: string;
  readonly endedAt: string;
  readonly seenAt: string | undefined;
  /** When a scrape first showed it so. */
  readonly atMs: number;
}

/** A number that is the same in each run of the test. */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The finished tasks of a scrape. */
function finishedIn(scrape: string): ReadonlyMap<string, Exposed> {
  const valuesOf = (name: string) =>
    new Map(
      [...scrape.matchAll(new RegExp(`^${name}\\{[^}]*task_id="([^"]+)"[^}]*\\} (\\S+)$`, "gm"))].map((m) => [
        m[1],
        m[2],
      ]),
    );
  const statuses = new Map(
    [...scrape.matchAll(/^cbr_task_status\{[^}]*task_id="([^"]+)",status="(\w+)"\} 1$/gm)].map((m) => [m[1], m[2]]),
  );
  const seen = valuesOf("cbr_task_finish_seen_timestamp_seconds");
  const atMs = Date.now();
  return new Map(
    [...valuesOf("cbr_task_ended_timestamp_seconds")].map(([id = "", endedAt = ""]) => [
      id,
      { status: statuses.get(id) ?? "", endedAt, seenAt: seen.get(id), atMs },
    ]),
  );
}

const total = (scrape: string, status: string): number =>
  [...scrape.matchAll(new RegExp(`^cbr_tasks_finished_total\\{.*status="${status}"\\} (\\d+)$`, "gm"))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );

function writtenAt(storage: string): number {
  return statSync(`${storage}/facts.json`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** One cloud, one storage, and programs that are killed one after the other. */
async function lane(seed: number) {
  const random = fractions(seed);
  const simulator = await startSimulator({ tasks: [], latencyMs: [0, 5] });
  onTestFinished(() => simulator.close());
  const folder = await tempFolder({
    "config.yaml": `projects:
  - { name: prod, id: 04f1829c788037ac2fb8c01eb2b04b95, endpoint: "${simulator.url}", rate_limit: 100, auth: { token: demo-token } }
collectors:
  - { name: nightly, schedule: "* * * * * *", discover: {} }
`,
  });
  const outcomes = new Map<string, "success" | "failed">();
  function addTask(): void {
    const id = `task-${seed}-${outcomes.size}`;
    const outcome = random() < 0.3 ? "failed" : "success";
    outcomes.set(id, outcome);
    const resource = { type: "OS::Nova::Server", id: `server-${outcomes.size % 10}`, name: "server" };
    simulator.setTask(timelineTask({ id, outcome, resource, life: { wait: 0.1, run: 0.2 + 2 * random() } }));
  }
  let program: Program | undefined;
  onTestFinished(() => void program?.process.kill("SIGKILL"));
  async function start(): Promise<() => Promise<string>> {
    program = startProgram([
      `--config.file=${folder}/config.yaml`,
      `--storage.path=${folder}/storage`,
      "--web.listen-address=127.0.0.1:0",
    ]);
    const url = `${await addressOf(program)}/metrics`;
    return async () => (await fetch(url)).text();
  }

  let scrape = await start();
  // The first listing counts nothing; tasks come once it is stored that it has been.
  await program?.seen(/Run finished/);
  const listedAt = Date.now();
  await expect.poll(() => writtenAt(`${folder}/storage`), { timeout: 60_000 }).toBeGreaterThan(listedAt);
  const exposed = new Map<string, Exposed>();
  const told = { lost: 0, wrong: 0, compared: 0 };
  const look = async (): Promise<void> => {
    for (const [id, task] of finishedIn(await scrape())) if (!exposed.has(id)) exposed.set(id, task);
  };
  for (let killed = 0; killed < kills / lanes; killed += 1) {
    // A few live for long enough that everything they have shown must be there.
    const lifeMs = killed % 25 === 24 ? 12_000 : 900 * random();
    addTask();
    await sleep(lifeMs / 2);
    addTask();
    await look();
    await sleep(lifeMs / 2);
    program?.process.kill("SIGKILL");
    const killedAt = Date.now();
    await program?.exited;
    scrape = await start();
    const now = finishedIn(await scrape());
    for (const [id, before] of exposed) {
      const after = now.get(id);
      told.compared += 1;
      if (after && (after.status !== before.status || after.endedAt !== before.endedAt)) told.wrong += 1;
      if (after?.seenAt === before.seenAt) continue;
      if (killedAt - before.atMs > lastingMs) told.lost += 1;
      exposed.delete(id);
    }
  }
  const inAll = (outcome: string): number => [...outcomes.values()].filter((each) => each === outcome).length;
  const counted = async (): Promise<readonly number[]> => {
    const text = await scrape();
    return [total(text, "success"), total(text, "failed")];
  };
  const expected = [inAll("success"), inAll("failed")];
  await expect.poll(async () => finishedIn(await scrape()).size, { timeout: 60_000 }).toBe(outcomes.size);
  // Counters are shown as they were up to a second ago.
  const doneAt = Date.now() / 1000;
  const shownAt = async () => Number((await scrape()).match(/^cbr_exporter_time_seconds (\S+)$/m)?.[1]);
  await expect.poll(shownAt, { timeout: 30_000 }).toBeGreaterThan(doneAt);
  return { ...told, counted: await counted(), expected };
}

test(`killed ${kills} times: no fact is lost or wrong, and no finish is counted twice or not at all`, async () => {
  const lived = await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index + 1)));
  for (const { lost, wrong, counted, expected, compared } of lived) {
    expect({ lost, wrong, counted }).toEqual({ lost: 0, wrong: 0, counted: expected });
    expect(compared).toBeGreaterThan(kills);
  }
}, 600_000);
