import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { loadConfig } from "../support/load-config.ts";

const folder = join(import.meta.dirname, "valid");
const names = (await readdir(folder)).filter((name) => !name.endsWith(".plain.yaml"));

async function load(name: string) {
  const result = await loadConfig({ file: join(folder, name), env: { TOKEN: "MIIabc" } });
  return result.ok ? result.config : result.problems;
}

/** Beside each file with aliases and merge keys lies the same one written out. */
test.each(names)("%s is the same as written out, and plain data, secrets and all", async (name) => {
  const config = await load(name);
  expect(config).toHaveProperty("collectors");
  expect(config).toEqual(await load(name.replace(".yaml", ".plain.yaml")));
  // What vitest itself compares of two secrets is nothing.
  expect(isDeepStrictEqual(structuredClone(config), config)).toBe(true);
});
