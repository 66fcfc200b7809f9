import { readFile } from "node:fs/promises";
import { greeting, listeningLine, parseSimulatorFlags, type SimulatorFlags, simulatorHelp } from "./cli.ts";
import { startSimulator } from "./simulator.ts";
import { demoTasks } from "./tasks/demo-tasks.ts";
import { manyTasks } from "./tasks/many-tasks.ts";

// The process of `npm run simulator`. Exits 0 when told to stop, 1 when it cannot listen, 2 for wrong usage.
// Node would open its inspector at SIGUSR1.
process.on("SIGUSR1", () => {});
const flags = parseSimulatorFlags(process.argv.slice(2));
if (flags === "help") process.stdout.write(simulatorHelp);
else if ("error" in flags) fail(flags.error, 2);
else await run(flags).catch((error: Error) => fail(error.message, 1));

async function run({ tasks: more, tlsFiles, faults, ...options }: SimulatorFlags): Promise<void> {
  const tasks = [...demoTasks(options.seed), ...manyTasks(more, options.seed)];
  const tls = tlsFiles && { cert: await readFile(tlsFiles.cert, "utf8"), key: await readFile(tlsFiles.key, "utf8") };
  const simulator = await startSimulator({ ...options, tasks, ...(tls && { tls }) });
  for (const { target, fault } of faults) simulator.setFault(target, fault);
  process.stderr.write(listeningLine(simulator.address, Date.now()));
  process.stdout.write(greeting(simulator.url, options));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void simulator.close().then(() => process.exit(0)));
  }
}

function fail(message: string, code: 1 | 2): void {
  process.stderr.write(`simulator: ${message}\n`);
  process.exitCode = code;
}
