import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "./child.mjs";
import { whole } from "./table.mjs";
import { cpuSeconds, startWholeExporter } from "./whole-exporter.mjs";

const rounds = 7;
const pollsARound = 2_500;
const defaultTasks = 4_000;

/** Polls a second, and what one costs, against bare undici that asks the same simulator with as many requests under way. */
export async function measurePolls({ tasks: [tasks] = [defaultTasks], rows, progress }) {
  progress(`polls: ${whole(tasks)} unfinished tasks`);
  const { simulator, exporter, end } = await startWholeExporter({ tasks, live: tasks });
  const bare = startChild("servers/bare-poller.mjs", { args: [await simulator.call("url"), tasks] });
  const taken = { exporter: { rate: [], cpu: [] }, bare: { rate: [], cpu: [] }, simulator: { cpu: [] } };

  /** @param to takes what is measured; undefined for a warm-up */
  async function measured(pid, work, to) {
    const before = { polls: await simulator.call("requests"), cpu: cpuSeconds(pid), ours: cpuSeconds(simulator.pid) };
    const start = performance.now();
    await work();
    const seconds = (performance.now() - start) / 1000;
    const cpu = cpuSeconds(pid) - before.cpu;
    const polls = (await simulator.call("requests")) - before.polls;
    to?.rate.push(polls / seconds);
    to?.cpu.push((cpu / polls) * 1e6);
    if (to) taken.simulator.cpu.push((cpuSeconds(simulator.pid) - before.ours) / seconds);
  }

  /** Until the exporter, which goes on by itself, has polled so often. */
  async function exporterPolls(count) {
    const goal = (await simulator.call("requests")) + count;
    while ((await simulator.call("requests")) < goal) await sleep(50);
  }

  // The one that is not measured stands still; a first round warms both.
  for (let round = 0; round <= rounds; round += 1) {
    const isMeasured = round > 0;
    exporter.child.kill("SIGCONT");
    await exporterPolls(isMeasured ? 500 : 2 * pollsARound);
    await measured(exporter.pid, () => exporterPolls(pollsARound), isMeasured ? taken.exporter : undefined);
    exporter.child.kill("SIGSTOP");
    await sleep(100); // answers to the one that stands still
    await measured(bare.pid, () => bare.call("poll", pollsARound), isMeasured ? taken.bare : undefined);
  }
  await Promise.all([bare.end(), end()]);

  const what = `${whole(tasks)} unfinished tasks, 16 requests under way, at most 1 000 a second`;
  const bareName = "undici";
  rows.add({ what: `polls a second, ${what}`, unit: "", ours: taken.exporter.rate, bare: taken.bare.rate, bareName });
  const costs = { ours: taken.exporter.cpu, bare: taken.bare.cpu, bareName, most: 2 };
  rows.add({ what: `processor time of a poll, ${what}`, unit: "µs", ...costs });
  const busy = Math.round(100 * Math.max(...taken.simulator.cpu));
  rows.note(`polls: undici has no limit; the simulator's process was busy for ${busy} % of the time at most`);
}
