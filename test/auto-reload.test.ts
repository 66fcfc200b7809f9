import { rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { contentOf, startAutoReload } from "../src/auto-reload.ts";
import { readTextFile } from "../src/base/read-text-file.ts";
import { put, tempFolder } from "./config/temp-folder.ts";
import { eventually } from "./support/eventually.ts";
import { manualClock } from "./support/manual-clock.ts";

const intervalMs = 30_000;

/** A file that has been loaded, and whose content is looked at. */
async function watched(path = "config.yaml") {
  const folder = await tempFolder({ "config.yaml": "a" });
  const file = join(folder, path);
  const clock = manualClock();
  let reloads = 0;
  let lastRead: string | undefined;
  const read = async () => {
    lastRead = contentOf(await readTextFile(file));
  };
  return {
    folder,
    file,
    clock,
    async start() {
      await read();
      const end = startAutoReload({
        file,
        intervalMs,
        clock,
        lastRead: () => lastRead,
        async reload() {
          reloads += 1;
          await read();
        },
      });
      onTestFinished(end);
      return end;
    },
    /** How many reloads there have been after the next look. */
    async look() {
      await clock.advance(intervalMs);
      // The file is read over real time.
      await eventually(async () => expect(clock.pending()).toBe(1));
      return reloads;
    },
  };
}

test("another content is loaded once; the same one under another name, or written again, is not", async () => {
  const { file, start, look } = await watched();
  await start();
  expect(await look()).toBe(0);
  await writeFile(file, "b");
  expect([await look(), await look()]).toEqual([1, 1]);
  await writeFile(file, "b");
  expect(await look()).toBe(1);
  await writeFile(`${file}.new`, "c");
  await rename(`${file}.new`, file);
  expect([await look(), await look()]).toEqual([2, 2]);
});

test("a file that is gone is told once, and is loaded when it is back", async () => {
  const { file, start, look } = await watched();
  await start();
  await rm(file);
  expect([await look(), await look()]).toEqual([1, 1]);
  await writeFile(file, "a");
  expect([await look(), await look()]).toEqual([2, 2]);
});

test("the swap of a folder behind a link, as Kubernetes does it, is noticed", async () => {
  const { folder, start, look } = await watched("config/config.yaml");
  for (const version of ["1", "2"]) await put(join(folder, `..${version}`, "config.yaml"), version);
  await symlink("..1", join(folder, "..data"));
  await symlink("..data", join(folder, "config"));
  await start();
  expect(await look()).toBe(0);
  await symlink("..2", join(folder, "..data.new"));
  await rename(join(folder, "..data.new"), join(folder, "..data"));
  expect([await look(), await look()]).toEqual([1, 1]);
});

test("once it has ended, nobody looks", async () => {
  const { file, clock, start } = await watched();
  const end = await start();
  await writeFile(file, "b");
  end();
  expect(clock.pending()).toBe(0);
});
