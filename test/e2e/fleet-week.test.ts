import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import type { ListingManner } from "../../src/simulator/listing.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { collectorConfig, discoverConfig, projectConfig } from "../support/configs.ts";
import { openLiveExporter, startLiveCloud } from "../support/live-exporter.ts";
import { newYear } from "../support/manual-clock.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = later(newYear, fromMillis(12 * hour));
/** More than a page has room for. */
const servers = 1050;
const fleet = { resources: servers, days: 3 };

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What is held, in MiB, when all that nobody needs is gone. */
function held(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test.each<[string, number, ListingManner]>([
  ["10 min ahead, of a cloud that lists the newest first", 10, { order: "newest" }],
  ["10 min behind, of one that lists in any order, repeats records, and counts all", -10, everythingWrong()],
])(
  "a week of nights of 1050 servers, by a clock that is %s: none is lost, each finish counts once",
  async (_, skewMinutes, listing) => {
    const cloud = await startLiveCloud({ tasks: [], fleet, listing }, noon);
    const { clock, simulator } = cloud;
    onTestFinished(() => simulator.close());
    const ownClock = { ...clock, now: () => later(clock.now(), fromMillis(skewMinutes * minute)) };
    const exporter = await openLiveExporter({ cloud, ownClock });
    const discover = discoverConfig({ sinceMs: 2 * day, maxTasks: 50_000 });
    await exporter.reload({
      projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 60_000 })],
      collectors: [collectorConfig({ name: "nightly", schedule: "*/30 * * * *", discover })],
    });
    const before = new Set((await listed(simulator.url)).filter(({ end }) => end <= noon / 1000).map(({ id }) => id));
    /** Each task that came or went on since then, with its end. */
    const ends = new Map<string, number>();
    const mib: number[] = [];
    for (let night = 1; night <= 7; night += 1) {
      await clock.advance(11 * hour);
      // It is 23:00, and the night's backups run.
      if (night === 3) simulator.setFault("cbr:list", { kind: "server-error", status: 503 });
      await clock.advance(4 * hour);
      simulator.setFault("cbr:list", undefined);
      // Until what was repeated by hand in the morning has ended, too.
      await clock.advance(night === 7 ? 11 * hour : 9 * hour);
      for (const { id, end } of await listed(simulator.url)) if (!before.has(id)) ends.set(id, end);
      mib.push(held());
    }
    const lines = (await exporter.scrape()).split("\n");
    const counted = lines.filter((line) => line.startsWith("cbr_tasks_finished_total{"));
    expect(ends.size).toBeGreaterThan(7_000);
    expect(counted.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0)).toBe(ends.size);

    const kept = [...ends].filter(([, end]) => end > clock.now() / 1000 - day).map(([id]) => id);
    const shown = lines.flatMap((line) => /^cbr_task_found\{.*task_id="([^"]*)"\} 1$/.exec(line)?.[1] ?? []);
    expect(shown.toSorted()).toEqual(kept.toSorted());
    expect(lines.filter((line) => line.startsWith("cbr_resource_info{"))).toHaveLength(servers);

    // The window has been full since the third night; a thousand ids a night are the test's own.
    expect((mib.at(-1) ?? 0) - (mib[2] ?? 0)).toBeLessThan(4);
  },
  300_000,
);

function everythingWrong(): ListingManner {
  return { order: "any", repeats: true, count: "total" };
}

interface Listed {
  readonly id: string;
  /** Milliseconds since 1970; infinite while it goes on. */
  readonly end: number;
}

/** All that the cloud holds, as it says itself. */
async function listed(url: string): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  for (let offset = 0; ; offset += 1000) {
    const answer = await fetch(`${url}/v3/${vendorProjectId}/operation-logs?offset=${offset}`, {
      headers: { "x-auth-token": "demo-token" },
    });
    const { operation_logs: logs } = (await answer.json()) as {
      readonly operation_logs: readonly { readonly id: string; readonly ended_at: string | null }[];
    };
    if (logs.length === 0) return found;
    for (const { id, ended_at: ended } of logs) {
      found.push({ id, end: ended === null ? Number.POSITIVE_INFINITY : Date.parse(`${ended}Z`) });
    }
  }
}
