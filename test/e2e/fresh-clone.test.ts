import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot, watch } from "../program.ts";

test("README's first command brings up the demo on a fresh clone", async () => {
  const clone = join(mkdtempSync(join(tmpdir(), "cbr-clone-")), "cbr-exporter");
  execFileSync("git", ["clone", "--quiet", projectRoot, clone]);
  const command = "npm ci && npm run demo";
  expect(readFileSync(join(clone, "README.md"), "utf8")).toContain(`\n${command}\n`);
  // As written, but for the port, which may be taken here; a process group of its own, for npm starts others.
  const program = watch(
    spawn("sh", ["-c", `${command} -- --web.listen-address=127.0.0.1:0`], { cwd: clone, detached: true }),
  );
  try {
    const [, address] = await program.seen(/msg="Listening on" address=(\S+)/);
    await expect.poll(() => program.stdout()).toContain(`http://${address}/metrics`);
    await expect
      .poll(async () => (await fetch(`http://${address}/metrics`)).text(), { timeout: 30_000 })
      .toMatch(/^cbr_task_status\{.*status="timeout"\} 1$/m);
  } finally {
    process.kill(-(program.process.pid ?? 0), "SIGTERM");
  }
  await program.exited;
  expect(program.stderr()).toContain("msg=Stopped");
});
