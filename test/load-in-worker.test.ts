import { execFileSync } from "node:child_process";
import { closeSync, openSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { contentOf } from "../src/auto-reload.ts";
import { systemClock } from "../src/base/clock.ts";
import { shownConfig, toShown } from "../src/config/shown-config.ts";
import { createLoader } from "../src/load-in-worker.ts";
import { taskLabelNames } from "../src/metrics/families/task.ts";
import { tempFolder } from "./config/temp-folder.ts";
import { loadConfig } from "./support/load-config.ts";
import { manualClock } from "./support/manual-clock.ts";

const built = new URL("../dist/load-worker.js", import.meta.url);

function loaderOf(file: string, module: URL, env: Record<string, string> = {}) {
  const clock = manualClock(systemClock.now());
  const loader = createLoader({ file, env, reservedLabels: taskLabelNames, clock, module });
  onTestFinished(async () => void (await loader.end()));
  return { ...loader, clock };
}

/** A thread that does what `WHAT` says: it answers how many loads it has had, or does not answer. */
const playing = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { openSync } from "node:fs";
    import { parentPort } from "node:worker_threads";
    let loads = 0;
    parentPort.on("message", ({ env }) => {
      loads += 1;
      if (env.WHAT === "throws") throw new Error("a mistake");
      if (env.WHAT === "exits") process.exit(3);
      parentPort.postMessage({ read: "read" });
      if (env.WHAT === "hangs") openSync(env.FIFO);
      parentPort.postMessage({ result: { ok: false, problems: [String(loads)] } });
    });`)}`,
);

test("a thread tells all that the reader does, secrets, task files and warnings included", async () => {
  const text = `projects:
  - { name: p, id: i, endpoint: "https://cbr.example.com", auth: { token: "\${TOKEN}" } }
  - { name: q, id: j, region: ap-southeast-1, auth: { password: { domain_name: d, user_name: u, password: pass } } }
collectors:
  - { name: c, project: p, schedule: "0 0 1 * 1", labels: { team: a }, tasks: [ a, { id: b, name: B } ], task_files: [ "t*.yaml" ] }
`;
  const folder = await tempFolder({ "config.yaml": text, "t1.yaml": "[ c ]\n", "t2.yaml": "[ &d d ]\n" });
  const file = join(folder, "config.yaml");
  const env = { TOKEN: "secret" };
  const { load, lastRead, clock } = loaderOf(file, built, env);
  // A file that has just been written is another one at each look.
  await expect.poll(() => Date.now() - statSync(join(folder, "t2.yaml")).ctimeMs).toBeGreaterThan(500);
  const here = toShown(await loadConfig({ file, env, now: clock.now() }));
  expect(here).toMatchObject({ ok: true, shown: shownConfig(text), notices: [expect.any(String)] });
  // Unlike `toEqual`, it compares what secrets hold.
  expect(isDeepStrictEqual(await load(), here)).toBe(true);
  expect(lastRead()).toBe(contentOf({ ok: true, text }));

  writeFileSync(file, "projects: 5\n");
  expect(await load()).toStrictEqual(await loadConfig({ file, env }));
  expect(lastRead()).toBe(contentOf({ ok: true, text: "projects: 5\n" }));
});

test("loads that follow each other share a thread, which ends when none comes for a while", async () => {
  const { load, clock } = loaderOf("c", playing);
  expect(await load()).toMatchObject({ problems: ["1"] });
  await clock.advance(4_999);
  expect(await load()).toMatchObject({ problems: ["2"] });
  await clock.advance(5_000);
  expect(await load()).toMatchObject({ problems: ["1"] });
});

test.each([
  ["throws", "a mistake"],
  ["exits", "its thread ended with 3"],
])("a thread that %s is one line about the file; the next load is another chance", async (what, why) => {
  const env: Record<string, string> = { WHAT: what };
  const { load } = loaderOf("config.yaml", playing, env);
  expect(await load()).toEqual({ ok: false, problems: [`config.yaml: cannot be checked: ${why}`] });
  delete env["WHAT"];
  expect(await load()).toMatchObject({ problems: ["1"] });
});

test("one that waits for a file system is known not to end", async () => {
  const fifo = join(await tempFolder({}), "fifo");
  execFileSync("mkfifo", [fifo]);
  const { load, lastRead, end, clock } = loaderOf("c", playing, { WHAT: "hangs", FIFO: fifo });
  const loaded = load();
  await expect.poll(lastRead).toBe("read");
  const ended = end();
  await clock.advance(500);
  expect(await ended).toBe(false);
  // A writer lets it go.
  closeSync(openSync(fifo, "r+"));
  expect(await loaded).toMatchObject({ ok: false });
  expect(await end()).toBe(true);
});
