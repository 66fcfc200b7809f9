import { startChild } from "./child.mjs";
import { exponent, roundsFor } from "./statistics.mjs";
import { whole } from "./table.mjs";

const sizes = [1_000, 5_000, 10_000, 50_000];
const live = 100;
const budgetMs = 6_000;

/** How the time of a scrape grows with the number of tasks while the number of those that change stays the same. */
export async function measureGrowth({ tasks = sizes, rows, progress }) {
  if (tasks.length < 2) return progress("growth: left out, it takes two numbers of tasks");
  const scraper = startChild("scraper.mjs");
  const servers = [];
  for (const count of tasks) {
    progress(`growth: ${whole(count)} tasks, of which ${live} change`);
    const exporter = startChild("servers/exporter.mjs", { args: [count, live] });
    const bare = startChild("servers/bare-http.mjs", { args: [await exporter.call("url")] });
    servers.push({ count, exporter, bare });
  }

  /** Scrapes all sizes in turn. @returns the exponents of this round, and how long it took */
  async function round(encoding) {
    const times = { exporter: [], bare: [] };
    for (const { count, ...sides } of servers) {
      await sides.exporter.call("change");
      for (const side of ["bare", "exporter"]) {
        const { ms } = await scraper.call("scrape", await sides[side].call("url"), encoding);
        times[side].push([count, ms[0]]);
      }
    }
    const took = [...times.exporter, ...times.bare].reduce((sum, [, ms]) => sum + ms, 0);
    return { ours: exponent(times.exporter), bare: exponent(times.bare), took };
  }

  for (const encoding of ["identity", "gzip"]) {
    await round(encoding);
    const { took } = await round(encoding);
    const rounds = roundsFor(took, { least: 7, most: 30, budgetMs });
    for (let warm = 0; warm < rounds / 4; warm += 1) await round(encoding);
    const taken = [];
    for (let at = 0; at < rounds; at += 1) taken.push(await round(encoding));
    rows.add({
      what: `exponent of a scrape's time over ${whole(tasks[0])} to ${whole(tasks.at(-1))} tasks, ${encoding}, ${live} changed`,
      unit: "",
      ours: taken.map(({ ours }) => ours),
      bare: taken.map(({ bare }) => bare),
      bareName: "node:http",
      isCompared: false,
      most: 1,
    });
  }
  await Promise.all(
    [scraper, ...servers.flatMap(({ exporter, bare }) => [exporter, bare])].map((child) => child.end()),
  );
}
