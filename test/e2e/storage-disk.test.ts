import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { startLiveCloud, startLiveExporter } from "../support/live-exporter.ts";

const minute = 60_000;
const isGood = "cbr_exporter_storage_last_write_successful";

/** A small disk; wants the right to mount. */
async function mountDisk(): Promise<{ path: string; remount(how: "ro" | "rw"): void }> {
  const path = join(await tempFolder({}), "disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]);
  onTestFinished(() => void execFileSync("umount", ["-l", path]));
  return { path, remount: (how) => void execFileSync("mount", ["-o", `remount,${how}`, path]) };
}

/** A cloud with a task that ends in each of so many minutes, and exporters that follow it, one after the other. */
async function watched(storage: string) {
  const ids = Array.from({ length: 60 }, (_, index) => `task-${index}`);
  const tasks = ids.map((id, index) => timelineTask({ id, life: { wait: 0, run: 60 * (index + 1) } }));
  const cloud = await startLiveCloud({ tasks });
  onTestFinished(() => cloud.simulator.close());
  const config = {
    projects: [projectConfig({ endpoint: cloud.simulator.url, rateLimit: Number.POSITIVE_INFINITY })],
    collectors: [collectorConfig({ tasks: taskConfigs(...ids) })],
  };
  return {
    ...cloud,
    async start() {
      const exporter = await startLiveExporter({ cloud, storage });
      onTestFinished(() => exporter.close());
      await exporter.reload(config);
      const finished = (): number => [...exporter.store.records()].filter((record) => record.finished).length;
      return { ...exporter, finished };
    },
  };
}

/** Lets time pass until a metric has a value: the disk takes time of its own. */
async function until(exporter: Awaited<ReturnType<Awaited<ReturnType<typeof watched>>["start"]>>, value: number) {
  for (let tries = 0; (await exporter.value(isGood)) !== value; tries += 1) {
    if (tries > 300) throw new Error(`${isGood} does not become ${value}`);
    await exporter.clock.advance(5_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a disk that is full is told, costs nothing else, and what was not written is, once there is room", async () => {
  const { path } = await mountDisk();
  const cloud = await watched(join(path, "storage"));
  const exporter = await cloud.start();
  await cloud.clock.advance(3 * minute);
  await until(exporter, 1);
  expect(() => writeFileSync(join(path, "filler"), Buffer.alloc(2 << 20))).toThrow(/ENOSPC/);
  await until(exporter, 0);
  const before = exporter.finished();
  await cloud.clock.advance(10 * minute);
  expect(exporter.finished()).toBe(before + 10);
  expect(await exporter.value('cbr_up{project="prod"}')).toBe(1);
  const told = exporter.log.messages("error");
  expect(told).toEqual([expect.stringMatching(/^Facts cannot be stored, tried again every 30 s/)]);

  rmSync(join(path, "filler"));
  await until(exporter, 1);
  const finished = exporter.finished();
  await exporter.close();
  cloud.asked();
  const after = await cloud.start();
  expect(after.finished()).toBe(finished);
  expect(cloud.asked().split(" ")).toHaveLength(60 - finished);
});

test("a disk that takes no writes at the start is read, without being asked for more, until it takes them", async () => {
  const { path, remount } = await mountDisk();
  const cloud = await watched(join(path, "storage"));
  const before = await cloud.start();
  await cloud.clock.advance(5 * minute);
  const finished = before.finished();
  await before.close();
  remount("ro");
  const exporter = await cloud.start();
  expect(exporter.finished()).toBe(finished);
  expect(await exporter.value(isGood)).toBe(0);
  expect(exporter.log.messages("error")).toHaveLength(1);
  await cloud.clock.advance(5 * minute);
  remount("rw");
  await until(exporter, 1);
  const known = exporter.finished();
  expect(known).toBeGreaterThan(finished);
  await exporter.close();
  expect((await cloud.start()).finished()).toBe(known);
});

test("a folder that is taken away under the program is made anew, with all that is known", async () => {
  const { path } = await mountDisk();
  const storage = join(path, "storage");
  const cloud = await watched(storage);
  const exporter = await cloud.start();
  await cloud.clock.advance(5 * minute);
  await until(exporter, 1);
  rmSync(storage, { recursive: true });
  await until(exporter, 0);
  await until(exporter, 1);
  const finished = exporter.finished();
  await exporter.close();
  expect(existsSync(join(storage, "facts.damaged"))).toBe(false);
  expect(readdirSync(storage).toSorted()).toEqual(["facts", "facts.json"]);
  expect((await cloud.start()).finished()).toBe(finished);
});
