// What clients that read nothing of their scrape cost: memory, and what Prometheus gets meanwhile.
// usage: npm run bench:slow-readers -- [tasks [readers]]
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Stage } from "./stage.mjs";

const [count = 20_000, readers = 40] = process.argv.slice(2).map(Number);
const stage = new Stage();
const sockets = [];
try {
  // Polled often, so that readers that come one after the other find another text each.
  const { address, child } = await stage.exporterOf(count, { schedule: "*/10 * * * * *" });
  const { hostname, port } = new URL(`http://${address}`);
  const megabytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024;
  let lines = "";
  child.stderr.on("data", (chunk) => (lines += chunk));

  /** As Prometheus scrapes. @returns status, bytes, milliseconds */
  async function scrape() {
    const start = performance.now();
    try {
      const headers = { "accept-encoding": "gzip" };
      const response = await fetch(`http://${address}/metrics`, { headers, signal: AbortSignal.timeout(10_000) });
      const bytes = (await response.arrayBuffer()).byteLength;
      return { status: response.status, bytes, ms: performance.now() - start };
    } catch (error) {
      return { status: error.name, bytes: 0, ms: performance.now() - start };
    }
  }

  const tell = (when, most, answers) => {
    const statuses = [...new Set(answers.map(({ status }) => status))];
    const told = statuses.map((status) => `${answers.filter((a) => a.status === status).length} × ${status}`);
    const slowest = Math.max(...answers.map(({ ms }) => ms)).toFixed(0);
    console.log(`${when}: at most ${most.toFixed(0)} MB; Prometheus: ${told.join(", ")}, the slowest ${slowest} ms`);
  };

  /** Scrapes about once a second for so long. */
  async function watch(when, seconds, everySecond = () => {}) {
    const answers = [];
    let most = 0;
    const start = performance.now();
    for (let at = 0; at < seconds; at = (performance.now() - start) / 1000) {
      everySecond(at);
      answers.push(await scrape());
      most = Math.max(most, megabytes());
      await sleep(1000);
    }
    tell(when, most, answers);
  }

  console.log(`${count} tasks, ${readers} readers that take nothing, 4 more each second`);
  await sleep(count + 10_000);
  await watch("before", 20);
  await watch("they come, and for 60 s more", readers / 4 + 60, (second) => {
    while (sockets.length < Math.min(readers, 4 * second + 4)) {
      const socket = connect(Number(port), hostname).on("error", () => {});
      socket.pause().write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
      sockets.push(socket);
    }
  });
  await watch("after them", 20);
  console.log(
    lines
      .split("\n")
      .filter((line) => /refused|level=(warn|error)/i.test(line))
      .join("\n"),
  );
} finally {
  for (const socket of sockets) socket.destroy();
  await stage.end();
}
