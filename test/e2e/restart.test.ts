import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { addressOf, startProgram } from "../program.ts";

const tasks = 10_000;

test(`a restart with ${tasks} finished tasks: all in the first scrape, none asked for`, async () => {
  const ids = Array.from({ length: tasks }, (_, index) => `task-${index}`);
  const simulator = await startSimulator({
    latencyMs: [0, 0],
    tasks: ids.map((id) => timelineTask({ id, life: { ago: 3600, wait: 10, run: 600 } })),
  });
  onTestFinished(() => simulator.close());
  const folder = await tempFolder({
    "config.yaml": `projects:
  - name: prod
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: "${simulator.url}"
    auth: { token: demo-token }
    rate_limit: 1000
    concurrency: 16
    timeout: 1m
collectors:
  - { name: c, schedule: "0 5 * * *", tasks: [ ${ids.join(", ")} ] }
`,
  });
  async function start() {
    const program = startProgram([
      `--config.file=${folder}/config.yaml`,
      `--storage.path=${folder}/storage`,
      "--web.listen-address=127.0.0.1:0",
    ]);
    onTestFinished(() => void program.process.kill("SIGKILL"));
    const url = await addressOf(program);
    return { program, scrape: async () => (await fetch(`${url}/metrics`)).text() };
  }
  const finished = (text: string): readonly string[] =>
    text
      .split("\n")
      .filter((line) => /^cbr_task_/.test(line) && !line.startsWith("#"))
      .toSorted();

  const { program, scrape } = await start();
  await program.seen(/msg="Run finished" .* due=10000 /);
  const before = finished(await scrape());
  program.process.kill("SIGTERM");
  expect(await program.exited).toBe(0);
  expect(simulator.requests()).toBe(tasks);

  const again = await start();
  expect(finished(await again.scrape())).toEqual(before);
  expect(before.filter((line) => line.startsWith("cbr_task_ended_timestamp_seconds{"))).toHaveLength(tasks);
  await again.program.seen(/Run finished|Configuration loaded/);
  again.program.process.kill("SIGTERM");
  expect(await again.program.exited).toBe(0);
  expect(simulator.requests()).toBe(tasks);
});
