import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { addressOf, startProgram } from "../program.ts";
import { fixedTask } from "../support/cloud.ts";

/** Mounts a file system that never answers, until the function returned is called; wants /dev/fuse and the right to mount. */
async function mountThatHangs(folder: string): Promise<() => void> {
  const options = "fd=3,rootmode=40000,user_id=0,group_id=0,allow_other";
  const script = `exec 3<>/dev/fuse && mount -i -t fuse -o ${options} hangs "$0" && echo mounted && exec sleep 300`;
  const holder = spawn("bash", ["-c", script, folder], { stdio: ["ignore", "pipe", "ignore"] });
  const mounted = await new Promise<boolean>((resolve) => {
    holder.stdout.once("data", () => resolve(true));
    holder.once("close", () => resolve(false));
  });
  if (!mounted) throw new Error("nothing can be mounted here: this test wants root and /dev/fuse");
  return () => {
    holder.kill("SIGKILL");
    execFileSync("umount", ["-l", folder]);
  };
}

test("a mount that hangs holds up what lies on it alone, and not the end", async () => {
  const simulator = await startSimulator({
    latencyMs: [0, 0],
    tasks: ["a", "b"].map((id) => fixedTask(id, { status: "running" })),
  });
  onTestFinished(() => simulator.close());
  const folder = mkdtempSync(join(tmpdir(), "cbr-hangs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const mount = join(folder, "mount");
  mkdirSync(mount);
  for (let file = 0; file < 10; file++) writeFileSync(join(mount, `${file}.yaml`), file === 0 ? "- a\n" : "[]\n");
  writeFileSync(join(folder, "b.yaml"), "- b\n");
  const collector = (name: string, files: string): string =>
    `  - { name: ${name}, schedule: "* * * * * *", task_files: [ ${files} ] }\n`;
  const paths = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((file) => `mount/${file}.yaml`);
  writeFileSync(
    join(folder, "config.yaml"),
    `projects:
  - { name: prod, id: ${vendorProjectId}, endpoint: "${simulator.url}", auth: { token: demo-token } }
collectors:
${collector("pattern", "mount/0*.yaml")}${collector("paths", paths.join())}${collector("local", "b.yaml")}`,
  );
  const program = startProgram([`--config.file=${folder}/config.yaml`, "--web.listen-address=127.0.0.1:0"]);
  onTestFinished(() => void program.process.kill("SIGKILL"));
  const base = await addressOf(program);
  const metric = async (name: string, collectorName: string): Promise<number> => {
    const response = await fetch(`${base}/metrics`, { headers: { "accept-encoding": "gzip" } });
    const line = new RegExp(`^${name}\\{project="prod",collector="${collectorName}".*\\} (\\S+)$`, "m");
    return Number((await response.text()).match(line)?.[1]);
  };
  const filesOk = (name: string) => metric("cbr_collector_task_files_last_read_successful", name);
  await expect.poll(() => simulator.requests("a") * simulator.requests("b"), { timeout: 20_000 }).toBeGreaterThan(0);

  const end = await mountThatHangs(mount);
  onTestFinished(() => end?.());
  await program.seen(/task_files\[0\] cannot be looked up: no answer for 10 s/);
  await program.seen(/mount\/9\.yaml: cannot be read: no answer for 10 s/);
  await expect.poll(() => filesOk("pattern"), { timeout: 5_000 }).toBe(0);
  expect(await filesOk("paths")).toBe(0);
  expect(await filesOk("local")).toBe(1);
  // The last good content is polled on, and the others are read as ever.
  const before = simulator.requests("a");
  await expect.poll(() => simulator.requests("a"), { timeout: 10_000 }).toBeGreaterThan(before);
  writeFileSync(join(folder, "b.yaml"), "[]\n");
  await expect.poll(() => metric("cbr_collector_tasks", "local"), { timeout: 10_000 }).toBe(0);

  const asked = performance.now();
  program.process.kill("SIGTERM");
  // Not even Node's own exit ends while one of its threads hangs, so the signal's own way does it.
  expect(await program.exited).toBe("SIGTERM");
  expect(performance.now() - asked).toBeLessThan(15_000);
  expect(program.stderr()).toMatch(/msg=Stopped\n$/);
});

test.each([1, 2])(
  "a reload that waits for a mount that hangs stops neither scrapes nor the end, asked for %i times",
  async (times) => {
    const folder = mkdtempSync(join(tmpdir(), "cbr-hangs-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const project = `{ name: prod, id: ${vendorProjectId}, endpoint: "http://127.0.0.1:9", auth: { token: t } }`;
    writeFileSync(join(folder, "config.yaml"), `projects: [ ${project} ]\ncollectors: []\n`);
    const program = startProgram([
      `--config.file=${folder}/config.yaml`,
      "--web.listen-address=127.0.0.1:0",
      "--web.enable-lifecycle",
    ]);
    onTestFinished(() => void program.process.kill("SIGKILL"));
    const base = await addressOf(program);
    await program.seen(/msg="Configuration loaded"/);
    onTestFinished(await mountThatHangs(folder));
    const reload = fetch(`${base}/-/reload`, { method: "POST" }).catch(() => undefined);
    expect((await fetch(`${base}/metrics`)).status).toBe(200);

    for (let time = 0; time < times; time += 1) {
      program.process.kill("SIGTERM");
      await program.seen(/msg=Stopping/);
    }
    // Node's own exit would wait for the thread.
    // A second signal may come before it waits.
    expect(times === 1 ? ["SIGTERM"] : ["SIGKILL", 1]).toContain(await program.exited);
    await reload;
  },
);
