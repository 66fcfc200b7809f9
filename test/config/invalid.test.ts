import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";

const folder = join(import.meta.dirname, "invalid");
const env = { CBR_TOKEN: "MIIabc123", RATE: "0", PROJECT: "hunter2", TASK: "aaa", FILES: "files" };
const names = (await readdir(folder)).filter((name) => /\.(yaml|txt)$/.test(name));
const mistakes = new Set(names.map((name) => basename(name).replace(/\.\w+$/, "")));

/** One file for each mistake; what is said of it stands in the `.txt` beside it, one problem a line. */
describe("an invalid configuration", () => {
  test.each([...mistakes])("%s", async (mistake) => {
    const expected = await readFile(join(folder, `${mistake}.txt`), "utf8");
    const result = await loadConfig({ file: join(folder, `${mistake}.yaml`), env });
    const lines = result.ok ? ["OK"] : result.problems;
    expect(lines.map((line) => `${line.replaceAll(`${folder}/`, "")}\n`).join("")).toBe(expected);
  });

  test("ten mistakes bring ten lines", async () => {
    const result = await loadConfig({ file: join(folder, "ten-mistakes.yaml"), env });
    expect(result).toMatchObject({ ok: false, problems: { length: 10 } });
  });
});
