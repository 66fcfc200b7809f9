import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "./child.mjs";
import { whole } from "./table.mjs";
import { memoryOf, startWholeExporter } from "./whole-exporter.mjs";

/** Those that are polled again and again, in every session, so that there is something to poll for once the rest has ended. */
const live = 2_000;
const steadySeconds = 10;
/** At 1000 polls a second all are polled sooner; what is slower must not take for ever. */
const mostLoadingSeconds = 100;
const sessions = [
  { finished: 1_000, encoding: "gzip" },
  { finished: 10_000, encoding: "gzip", mostPeak: 250 },
  { finished: 50_000, encoding: "gzip", mostPeak: 500, mostBlock: 50 },
  { finished: 1_000, encoding: "identity" },
  { finished: 20_000, encoding: "identity" },
];

/** Memory, and how long the event loop is blocked, of the whole program that polls and is scraped every second. */
export async function measureMemory({ tasks, rows, progress }) {
  const scraper = startChild("scraper.mjs");
  const smallest = {};
  for (const session of tasks?.map((finished) => ({ finished, encoding: "gzip" })) ?? sessions) {
    const { finished, encoding } = session;
    progress(`memory: ${whole(finished)} finished tasks and ${whole(live)} live ones, scraped with ${encoding}`);
    const figures = { finished, ...(await measureSession(session, scraper)) };
    if (!figures.loaded) {
      const polls = `${whole(figures.loading.rate)} polls a second`;
      rows.note(
        `${whole(finished)} finished tasks, ${encoding}: not all were polled within ${mostLoadingSeconds} s, at ${polls}`,
      );
    }
    addRows(session, figures, rows);
    smallest[encoding] ??= figures;
    if (smallest[encoding] !== figures && figures.loaded) addTaskRows(encoding, smallest[encoding], figures, rows);
  }
  await scraper.end();
}

async function measureSession({ finished, encoding }, scraper) {
  const tasks = finished + live;
  const { simulator, exporter, url, end } = await startWholeExporter({ tasks, live });
  const atStart = memoryOf(exporter.pid, "VmHWM");
  await exporter.call("longestBlock");

  /** Scrapes once a second while it is to. @returns scrapes in ms, the longest block of each second in ms, polls a second */
  async function watch(goesOn) {
    const [scrapes, blocks] = [[], []];
    const before = await simulator.call("requests");
    const start = performance.now();
    while (await goesOn((performance.now() - start) / 1000)) {
      const second = performance.now();
      const { ms } = await scraper.call("scrape", url, encoding);
      scrapes.push(ms[0]);
      await sleep(Math.max(0, 1000 - (performance.now() - second)));
      blocks.push(await exporter.call("longestBlock"));
    }
    const polls = (await simulator.call("requests")) - before;
    return { scrapes, blocks, rate: (1000 * polls) / (performance.now() - start) };
  }

  const isLoaded = async () => (await simulator.call("requests")) >= tasks + live;
  const loading = await watch(async (seconds) => seconds < mostLoadingSeconds && !(await isLoaded()));
  const loaded = await isLoaded();
  const steady = await watch((seconds) => seconds < steadySeconds);
  const peak = memoryOf(exporter.pid, "VmHWM");
  const { inUse, rss } = await exporter.call("memory");
  await end();
  await scraper.call("forget");
  return { loaded, loading, steady, atStart, peak, inUse, rss };
}

function addRows({ finished, encoding, mostPeak, mostBlock }, { loading, steady, atStart, peak }, rows) {
  const what = `${whole(finished)} finished tasks, ${whole(live)} live, ${encoding} each second`;
  if (mostPeak) {
    rows.add({ what: `most memory ever, ${what}`, unit: "MB", ours: [peak / 1e6], most: mostPeak });
    rows.add({ what: "… until it listened", unit: "MB", ours: [atStart / 1e6] });
  }
  if (!mostBlock) return;
  for (const [when, { scrapes, blocks, rate }] of [
    ["while all are polled for the first time", loading],
    ["after that", steady],
  ]) {
    const polled = `${what}, ${whole(rate)} polls a second`;
    rows.add({
      what: `longest block of the event loop ${when}, ${polled}`,
      unit: "ms",
      ours: [Math.max(...blocks)],
      most: mostBlock,
    });
    rows.add({ what: "… of each second", unit: "ms", ours: blocks });
    rows.add({ what: "… scrapes meanwhile", unit: "ms", ours: scrapes });
  }
}

/** What a finished task adds, exposition included. */
function addTaskRows(encoding, small, large, rows) {
  const each = (what) => [(large[what] - small[what]) / (large.finished - small.finished)];
  const sizes = `${whole(small.finished)} to ${whole(large.finished)} of them, scraped with ${encoding}`;
  rows.add({ what: `memory in use a finished task, ${sizes}`, unit: "bytes", ours: each("inUse"), most: 3 * 1024 });
  rows.add({ what: "… resident", unit: "bytes", ours: each("rss") });
}
