import { demoTasks } from "./demo-tasks.ts";
import { manyTasks } from "./many-tasks.ts";
import { startSimulator } from "./simulator.ts";
import { parseSimulatorFlags, type SimulatorFlags, simulatorHelp } from "./simulator-flags.ts";
import { greeting, listeningLine } from "./simulator-greeting.ts";
import { vendorExample } from "./vendor-example.ts";

// The process of `npm run simulator`. Exits 0 when told to stop, 1 when it cannot listen, 2 for wrong usage.
const flags = parseSimulatorFlags(process.argv.slice(2));
if (flags === "help") process.stdout.write(simulatorHelp);
else if ("error" in flags) fail(flags.error, 2);
else await run(flags).catch((error: Error) => fail(error.message, 1));

async function run(flags: SimulatorFlags): Promise<void> {
  const { host, port, token, projectId, seed, latencyMs } = flags;
  const tasks = [...demoTasks(seed), ...manyTasks(flags.tasks, seed)];
  const simulator = await startSimulator({ host, port, token, projectId, seed, latencyMs, tasks });
  for (const { target, fault } of flags.faults) simulator.setFault(target, fault);
  const { address, url } = simulator;
  process.stderr.write(listeningLine({ address }, Date.now()));
  process.stdout.write(greeting({ address, url, token, projectId, exampleId: vendorExample.id }));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void simulator.close().then(() => process.exit(0)));
  }
}

function fail(message: string, code: 1 | 2): void {
  process.stderr.write(`simulator: ${message}\n`);
  process.exitCode = code;
}
