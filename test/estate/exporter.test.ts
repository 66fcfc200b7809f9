import { expect, test } from "vitest";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { openLiveExporter } from "../support/live-exporter.ts";

const hour = 3_600_000;
const resource = { type: "OS::Nova::Server", id: "server-db", name: "db" };

test("what a task shows of its resource outlives it, and goes with the project or after 30 days", async () => {
  const exporter = await openLiveExporter({
    simulator: {
      tasks: [
        timelineTask({ id: "a", operationType: "backup", outcome: "success", life: { wait: 0, run: 90 }, resource }),
      ],
    },
  });
  const project = projectConfig({ endpoint: exporter.simulator.url, rateLimit: Number.POSITIVE_INFINITY });
  const watching = (...ids: readonly string[]) => ({
    projects: [project],
    collectors: [collectorConfig({ schedule: "0 * * * *", tasks: taskConfigs(...ids) })],
  });
  const apply = async (config: Parameters<typeof exporter.apply>[0]): Promise<void> => {
    await exporter.apply(config);
    await exporter.settle();
  };
  const seriesOf = async (name: string) =>
    (await exporter.scrape()).split("\n").filter((line) => line.startsWith(`${name}{`) && !line.endsWith(" 0"));
  const success =
    'cbr_resource_last_status{project="prod",resource_id="server-db",operation_type="backup",status="success"} 1';

  await apply(watching("a"));
  expect(await seriesOf("cbr_resource_info")).toHaveLength(1);
  expect(await seriesOf("cbr_resource_last_status")).toEqual([]);
  expect(await seriesOf("cbr_tasks")).toEqual(['cbr_tasks{project="prod",operation_type="backup",status="running"} 1']);
  await exporter.clock.advance(hour);
  expect(await seriesOf("cbr_resource_last_status")).toEqual([success]);
  expect(await seriesOf("cbr_tasks_finished_total")).toEqual([
    'cbr_tasks_finished_total{project="prod",operation_type="backup",status="success"} 1',
  ]);

  await apply(watching());
  expect(await seriesOf("cbr_task_status")).toEqual([]);
  expect(await seriesOf("cbr_tasks")).toEqual([]);
  expect(await seriesOf("cbr_resource_last_status")).toEqual([success]);

  await exporter.clock.advance(30 * 24 * hour - 2 * hour);
  expect(await seriesOf("cbr_resource_info")).toHaveLength(1);
  await exporter.clock.advance(3 * hour);
  expect(await seriesOf("cbr_resource_info")).toEqual([]);

  await apply(watching("a"));
  expect(await seriesOf("cbr_resource_info")).toHaveLength(1);
  // Nobody saw it finish a second time.
  expect(
    await exporter.value('cbr_tasks_finished_total{project="prod",operation_type="backup",status="success"}'),
  ).toBe(1);
  await apply({ projects: [{ ...project, name: "other" }], collectors: [] });
  expect(await seriesOf("cbr_resource_info")).toEqual([]);
  expect(await exporter.scrape()).not.toContain('project="prod"');
});
