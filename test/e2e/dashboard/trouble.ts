import { startSimulator } from "../../../src/simulator/simulator.ts";
import { demoIds } from "../../../src/simulator/tasks/demo-plan.ts";

/** The task that is seen running, and then never again. */
export const lostTask = demoIds.longBackup;

const refused = demoIds.movingBackup;
const garbled = demoIds.waitingBackup;

interface Trouble {
  readonly config: string;
  readonly files: Readonly<Record<string, string>>;
  /** From now on, polls of {@link lostTask} fail. */
  lose(): void;
  stop(): Promise<void>;
}

/** A cloud that throttles, garbles and fails, and the configuration of an exporter that suffers from it. */
export async function startTrouble(): Promise<Trouble> {
  const simulator = await startSimulator();
  simulator.setFault(refused, { kind: "throttle", retryAfter: 0 });
  simulator.setFault(garbled, {
    kind: "raw",
    body: JSON.stringify({ operation_log: { id: garbled, status: "waiting", created_at: "yesterday" } }),
  });
  return {
    config: `projects:
  - name: trouble
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: ${simulator.url}
    iam_endpoint: ${simulator.url}
    auth: { password: { domain_name: demo, user_name: exporter, password: demo-password } }
    rate_limit: 20
    retries: 0
collectors:
  - { name: lost, schedule: "* * * * * *", tasks: [${lostTask}] }
  - { name: refused, schedule: "*/2 * * * * *", tasks: [${refused}] }
  - { name: listed, schedule: "* * * * * *", task_files: [ids.yaml] }
`,
    files: { "ids.yaml": `- ${garbled}\n` },
    lose: () => simulator.setFault(lostTask, { kind: "server-error" }),
    stop: () => simulator.close(),
  };
}
