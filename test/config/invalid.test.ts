import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadConfig } from "../support/load-config.ts";
import { pemFiles } from "./pem-files.ts";
import { put } from "./temp-folder.ts";

const source = join(import.meta.dirname, "invalid");
const usual = { CBR_TOKEN: "MIIabc123", RATE: "0", PROJECT: "hunter2", TASK: "aaa", FILES: "files" };
const names = (await readdir(source)).filter((name) => /\.(yaml|txt|env)$/.test(name));
const mistakes = new Set(names.map((name) => basename(name).replace(/\.\w+$/, "")));

/**
 * One file for each mistake; what is said of it stands in the `.txt` beside it, one problem a line.
 * An `.env` beside it adds to the environment.
 */
describe("an invalid configuration", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cbr-invalid-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await cp(source, folder, { recursive: true });
  // Certificates and keys are made here, so that no key lies among the files.
  for (const [name, content] of Object.entries(pemFiles())) await put(join(folder, "files", name), content);

  test.each([...mistakes])("%s", async (mistake) => {
    const lines = await problems(mistake);
    const expected = await readFile(join(source, `${mistake}.txt`), "utf8");
    expect(lines.map((line) => `${line.replaceAll(`${folder}/`, "")}\n`).join("")).toBe(expected);
    expect(lines.join()).not.toMatch(/h[uü]nter2/);
  });

  async function problems(mistake: string): Promise<readonly string[]> {
    const env = names.includes(`${mistake}.env`)
      ? parseEnv(await readFile(join(source, `${mistake}.env`), "utf8"))
      : {};
    const result = await loadConfig({ file: join(folder, `${mistake}.yaml`), env: { ...usual, ...env } });
    if (!result.ok) return result.problems;
    return result.brokenFiles.length > 0 ? result.brokenFiles : ["OK"];
  }
});

function parseEnv(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}
