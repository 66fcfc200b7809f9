import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addressOf, projectRoot, watch } from "../program.ts";
import { buildImage } from "./containerfile.ts";

test("the Dockerfile's steps give an image that holds production alone, runs the demo and ends on SIGTERM", async () => {
  const image = buildImage(projectRoot);
  const app = join(image.root, image.workdir);
  expect(image.user).toBe("node");
  expect(readdirSync(app).sort()).toEqual(["dist", "node_modules", "package.json"]);
  for (const absent of ["typescript", "vitest", "@biomejs"])
    expect(existsSync(join(app, "node_modules", absent))).toBe(false);

  const [command = "", ...args] = image.entrypoint;
  const program = watch(
    spawn(command, [...args, "--demo", "--web.listen-address=127.0.0.1:0"], {
      cwd: app,
      env: { ...image.env, PATH: process.env["PATH"] ?? "" },
    }),
  );
  try {
    const base = await addressOf(program);
    await expect
      .poll(async () => (await fetch(`${base}/metrics`)).text())
      .toMatch(/^cbr_task_status\{.*"success"\} 1$/m);
    program.process.kill("SIGTERM");
    expect(await program.exited).toBe(0);
  } finally {
    program.process.kill("SIGKILL");
  }
});
