import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "./child.mjs";
import { buildClientGolang } from "./client-golang.mjs";
import { inTurn } from "./in-turn.mjs";
import { median } from "./statistics.mjs";
import { whole } from "./table.mjs";

const sizes = [100, 1_000, 10_000, 50_000];
/** Of more tasks, prom-client and client_golang would take minutes; of so many, four clients at once would. */
const rivalsMost = 10_000;
const encodings = ["identity", "gzip"];
const [ours, bare, promClient, clientGolang] = ["exporter", "node:http", "prom-client", "client_golang"];
const quick = { least: 5, most: 100, budgetMs: 1_000 };
/** Where there is a limit: the median of fewer is wrong by a tenth at times. */
const careful = { least: 5, most: 400, budgetMs: 4_000 };
const slow = { least: 3, most: 20, budgetMs: 500 };

/** What a scrape costs against bare `node:http` with the same bytes, prom-client and client_golang. */
export async function measureScrapes({ tasks: only, rows, progress }) {
  const golang = buildClientGolang();
  const scraper = startChild("scraper.mjs");
  for (const tasks of only ?? sizes) {
    for (const share of [0.01, 0.1]) {
      progress(`scrapes: ${whole(tasks)} tasks, of which ${share * 100} % are live`);
      const servers = await startServers({ tasks, share, golang });
      await measureSize({ tasks, share, servers, scraper, rows });
      await Promise.all(Object.values(servers).map((server) => server.end()));
      await scraper.call("forget");
    }
  }
  await scraper.end();
}

/** @returns by name */
async function startServers({ tasks, share, golang }) {
  const exporter = startChild("servers/exporter.mjs", { args: [tasks, tasks * share] });
  const from = await exporter.call("url");
  const hasRivals = share === 0.01 && tasks <= rivalsMost;
  return {
    [bare]: startChild("servers/bare-http.mjs", { args: [from] }),
    [ours]: exporter,
    ...(hasRivals && { [promClient]: startChild("servers/prom-client.mjs", { args: [from] }) }),
    ...(hasRivals && golang && { [clientGolang]: await golang.start(from) }),
  };
}

async function measureSize({ tasks, share, servers, scraper, rows }) {
  const finished = await servers[bare].call("bytes");
  const changeMicros = [];
  const clientShares = { identity: [], gzip: [] };

  /** @returns ms of each client */
  async function scrape(side, { encoding, changed, clients }) {
    if (changed > 0 && side !== bare) {
      const ms = await servers[side].call("change");
      if (side === ours) changeMicros.push((1000 * ms) / (tasks * share));
    }
    const { ms, cpuMs, bytes } = await scraper.call("scrape", await servers[side].call("url"), encoding, clients);
    if (side === ours && Math.abs(bytes / finished[encoding] - 1) > 0.05)
      throw new Error(`${bytes} bytes, not the same`);
    if (side === bare && clients === 1) clientShares[encoding].push((100 * cpuMs) / ms[0]);
    return ms;
  }

  for (const changed of share === 0.01 ? [0, share] : [share]) {
    for (const clients of [1, 4]) {
      for (const encoding of encodings) {
        const cell = { tasks, encoding, changed, clients };
        const groups = [{ sides: [bare, ours], limits: mostOf(cell) === undefined ? quick : careful }];
        const rivals = clients > 1 && tasks >= rivalsMost ? [] : [promClient, clientGolang];
        for (const side of rivals) if (servers[side]) groups.push({ sides: [side], limits: slow });
        const values = await inTurn(groups, (side) => scrape(side, cell));
        addRows(cell, values, rows);
      }
    }
  }
  if (share === 0.01 && tasks >= 10_000) await measureApart({ tasks, scrape, rows });
  const what = `taking over the answer about one task, ${whole(tasks)} tasks, ${share * 100} % changed between scrapes`;
  rows.add({ what, unit: "µs", ours: changeMicros });
  if (share === 0.01) rows.note(sizeNote({ tasks, bytes: finished, clientShares }));
}

/** Scrapes in a row share what prom-client collects of the process; those of Prometheus are seconds apart. */
async function measureApart({ tasks, scrape, rows }) {
  for (const encoding of encodings) {
    const once = { least: 6, most: 6, budgetMs: 0 };
    const values = await inTurn([{ sides: [bare, ours], limits: once }], async (side) => {
      if (side === bare) await sleep(1_100);
      return scrape(side, { encoding, changed: 0, clients: 1 });
    });
    const what = `scrape, ${whole(tasks)} tasks, ${encoding}, unchanged, a second after the last`;
    rows.add({ what, unit: "ms", ours: values[ours], bare: values[bare], bareName: bare });
  }
}

function addRows(cell, values, rows) {
  const { tasks, encoding, changed, clients } = cell;
  const state = changed === 0 ? "unchanged" : `${changed * 100} % changed`;
  const what = `scrape, ${whole(tasks)} tasks, ${encoding}, ${state}, ${clients} client${clients > 1 ? "s" : ""}`;
  const row = { what, unit: "ms", ours: values[ours] };
  rows.add({ ...row, bare: values[bare], bareName: bare, rivals: values, most: mostOf(cell) });
  const go = values[clientGolang];
  if (!go || tasks !== 10_000 || encoding !== "gzip" || changed === 0 || clients > 1) return;
  rows.add({ ...row, bare: go, bareName: clientGolang, most: 0.01 });
}

/** How many times the bare server's time a scrape may take. */
function mostOf({ tasks, encoding, changed, clients }) {
  if (clients > 1) return undefined;
  if (changed === 0 && tasks === 10_000) return 1.15;
  if (changed !== 0.01 || tasks < 10_000) return undefined;
  if (encoding === "gzip") return 4;
  return tasks === 10_000 ? 1.5 : 2;
}

function sizeNote({ tasks, bytes, clientShares }) {
  const told = encodings.map((encoding) => {
    const client = whole(median(clientShares[encoding]));
    return `${encoding} ${(bytes[encoding] / 1e6).toFixed(2)} MB, the client busy for ${client} %`;
  });
  return `${whole(tasks)} tasks, scraped from node:http: ${told.join("; ")} of the time`;
}
