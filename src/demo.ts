import { parseConfig } from "./config/load-config.ts";
import { type ShownLoaded, shownConfig } from "./config/shown-config.ts";
import { taskLabelNames } from "./metrics/families/task.ts";
import { type Simulator, startSimulator } from "./simulator/simulator.ts";
import { type DemoCollector, demoFleet, demoPlan } from "./simulator/tasks/demo-plan.ts";

/** The built-in cloud and a configuration that watches it. */
export interface Demo extends ShownLoaded {
  readonly simulator: Simulator;
}

/** Facts are known by the cloud's address, so one that is to be known again needs the same. */
export const demoPort = 10036;

/** Starts the simulator on a loopback port, or on a free one where that is taken. */
export async function startDemo(port = 0): Promise<Demo> {
  const simulator = await startSimulator({ fleet: demoFleet, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    return startSimulator({ fleet: demoFleet });
  });
  const text = demoConfig(simulator.url);
  const loaded = await parseConfig({ text, file: "demo.yaml", env: {}, reservedLabels: taskLabelNames });
  if (!loaded.ok) throw new Error(`the demo's configuration is wrong: ${loaded.problems.join("; ")}`);
  return { ...loaded, shown: shownConfig(text), simulator };
}

/** The demo's configuration, as somebody would write it. */
export function demoConfig(endpoint: string, plan: readonly DemoCollector[] = demoPlan): string {
  return `projects:
  - name: demo
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: ${endpoint}
    auth: { token: demo-token }
    rate_limit: 20
collectors:
${plan.map(collectorText).join("")}`;
}

function collectorText({ collector, schedule, tasks, vaults, inventory }: DemoCollector): string {
  const lines = tasks?.map(({ id, name }) => (name ? `      - { id: ${id}, name: ${name} }\n` : `      - ${id}\n`));
  return [
    `  - name: ${collector}\n    schedule: "${schedule}"\n`,
    ...(lines ? [`    tasks:\n${lines.join("")}`] : []),
    ...(vaults ? [`    discover: { vaults: [${vaults.join(", ")}] }\n`] : []),
    ...(inventory ? [`    inventory: { unprotected: [${inventory.join(", ")}] }\n`] : []),
  ].join("");
}
