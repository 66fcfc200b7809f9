import { startChild } from "./child.mjs";
import { buildClientGolang } from "./client-golang.mjs";
import { median, roundsFor } from "./statistics.mjs";

const budgetMs = 1500;
const rivalBudgetMs = 500;
const encodings = ["identity", "gzip"];
const sizes = [100, 1_000, 10_000, 50_000];
/** Above, prom-client and client_golang would take minutes; from `rivalsAlone`, they are measured with one client alone. */
const rivalsMost = 10_000;
const rivalsAlone = 10_000;
const promClient = "prom-client";
const clientGolang = "client_golang";

/** The most that issue and docs allow. @returns times the bare server's */
function mostOf({ tasks, encoding, changed, clients }) {
  if (clients > 1) return undefined;
  if (changed === 0 && tasks === 10_000) return 1.15;
  if (changed !== 0.01 || tasks < 10_000) return undefined;
  if (encoding === "gzip") return 4;
  return tasks === 10_000 ? 1.5 : 2;
}

/** What a scrape costs against bare `node:http` with the same bytes, prom-client and client_golang. */
export async function measureScrapes({ tasks: only, rows, progress }) {
  const golang = buildClientGolang();
  const scraper = startChild("scraper.mjs");
  try {
    for (const tasks of only ?? sizes) {
      for (const share of [0.01, 0.1]) {
        progress(`scrapes: ${tasks} tasks, of which ${share * 100} % are live`);
        await measureSize({ tasks, share, scraper, golang, rows });
      }
    }
  } finally {
    await scraper.end();
    golang?.remove();
  }
}

async function measureSize({ tasks, share, scraper, golang, rows }) {
  const exporter = startChild("servers/exporter.mjs", { args: [tasks, Math.max(1, tasks * share)] });
  const from = await exporter.call("url");
  const bare = startChild("servers/bare-http.mjs", { args: [from] });
  const rivals = new Map();
  if (share === 0.01 && tasks <= rivalsMost) {
    rivals.set(promClient, startChild("servers/prom-client.mjs", { args: [from] }));
    if (golang) rivals.set(clientGolang, await golang.start(from));
  }
  const measure = sidesOf({ scraper, exporter, bare, rivals });
  const { identity, gzip } = await bare.call("bytes");
  const clientShares = {};
  for (const changed of share === 0.01 ? [0, share] : [share]) {
    for (const clients of [1, 4]) {
      for (const encoding of encodings) {
        const withRivals = tasks < rivalsAlone || clients === 1;
        const figures = await measure({ encoding, clients, changed, withRivals });
        rows.add(rowOf({ tasks, encoding, changed, clients }, figures));
        if (clients === 1) clientShares[encoding] = figures.bareCpu;
        const go = figures.rivals[clientGolang];
        if (go && tasks === 10_000 && encoding === "gzip" && changed === 0.01) {
          const what = `scrape, ${tasks} tasks, gzip, 1 % changed, 1 client`;
          rows.add({ what, ours: figures.ours, bare: go, bareName: clientGolang, unit: "ms", most: 0.01 });
        }
      }
    }
  }
  if (share === 0.01) {
    const client = encodings.map(
      (encoding) => `${Math.round(100 * median(clientShares[encoding]))} % with ${encoding}`,
    );
    rows.note(
      `${tasks} tasks: ${megabytes(identity)} MB of text, ${megabytes(gzip)} MB with gzip; of the time of a scrape of ` +
        `node:http the client's processor took ${client.join(", ")}`,
    );
  }
  await Promise.all([exporter, bare, ...rivals.values()].map((server) => server.end()));
  await scraper.call("forget");
}

/** Measures all sides in turn, so many rounds as their speed allows. */
function sidesOf({ scraper, exporter, bare, rivals }) {
  return async ({ encoding, clients, changed, withRivals }) => {
    const bareCpu = [];
    async function scrape(server) {
      if (changed > 0 && server !== bare) await server.call("change");
      return scraper.call("scrape", await server.call("url"), encoding, clients);
    }
    const taken = { ours: [], bare: [], rivals: {} };
    async function round(sides) {
      const byBare = await scrape(bare);
      const byUs = await scrape(exporter);
      if (Math.abs(byUs.bytes / byBare.bytes - 1) > 0.05) throw new Error("the two sides answer something else");
      sides.bare.push(...byBare.ms);
      sides.ours.push(...byUs.ms);
      bareCpu.push(byBare.cpuMs / Math.max(...byBare.ms));
    }
    const warm = { ours: [], bare: [] };
    await round(warm);
    const slowest = Math.max(...warm.ours) + Math.max(...warm.bare);
    const rounds = roundsFor(slowest, { least: 5, most: 100, budgetMs });
    for (let more = 1; more < rounds / 4; more += 1) await round(warm);
    for (const [name, server] of withRivals ? rivals : []) {
      const [first] = (await scrape(server)).ms;
      taken.rivals[name] = {
        values: [],
        server,
        rounds: roundsFor(first * clients, { least: 3, most: 20, budgetMs: rivalBudgetMs }),
      };
    }
    for (let at = 0; at < rounds; at += 1) {
      await round(taken);
      for (const rival of Object.values(taken.rivals)) {
        if (at < rival.rounds) rival.values.push(...(await scrape(rival.server)).ms);
      }
    }
    const values = Object.entries(taken.rivals).map(([name, rival]) => [name, rival.values]);
    return { ...taken, rivals: Object.fromEntries(values), bareCpu };
  };
}

function rowOf(cell, { ours, bare, rivals }) {
  const { tasks, encoding, changed, clients } = cell;
  const state = changed === 0 ? "unchanged" : `${changed * 100} % changed`;
  const what = `scrape, ${tasks} tasks, ${encoding}, ${state}, ${clients === 1 ? "1 client" : `${clients} clients`}`;
  return { what, ours, bare, bareName: "node:http", unit: "ms", rivals, most: mostOf(cell) };
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
}
