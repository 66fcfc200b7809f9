import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LoadResult } from "../../src/config/load-config.ts";
import { tasksAtFirst } from "../../src/config/task-files/look-at-files.ts";
import { editorProblems } from "../support/editor.ts";
import { loadConfig } from "../support/load-config.ts";
import { pemFiles } from "./pem-files.ts";
import { tempFolder } from "./temp-folder.ts";

const example = await readFile(join(import.meta.dirname, "../../config.example.yaml"), "utf8");
/** Keys that stand there as comments: `    # proxy_url: …`, and under auth two deeper. */
const alternatives = [...example.matchAll(/^( {4}| {6})# (\w+): .*$/gm)].map(([line, indent, key = ""]) => ({
  key: indent?.length === 6 ? `auth.${key}` : key,
  line,
  plain: line.replace("# ", ""),
}));

async function load(text: string): Promise<LoadResult> {
  const pem = pemFiles();
  const folder = await tempFolder({
    "config.yaml": text,
    token: "MIIabc\n",
    password: "p w\n",
    "secret-key": "SK\n",
    "corporate-ca.pem": pem["ca.pem"] ?? "",
    "client.pem": pem["cert.pem"] ?? "",
    "client-key.pem": pem["key.pem"] ?? "",
    "tasks/a.yaml": "- aaa\n- bbb\n",
  });
  return await loadConfig({ file: join(folder, "config.yaml"), env: { CBR_TOKEN: "MIIabc", PROXY_PASSWORD: "pw" } });
}

describe("the example", () => {
  test("is a good configuration", async () => {
    const loaded = await load(example);
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    expect(loaded).toMatchObject({ warnings: [], notices: [] });
    const lists = loaded.config.collectors.map((collector) => tasksAtFirst(collector, loaded.firstLook).length);
    expect(lists).toEqual([0, 0, 0, 2]);
    expect(editorProblems(example)).toEqual([]);
  });

  test("shows every other key of a project", () => {
    expect(alternatives.map(({ key }) => key)).toEqual([
      ...["endpoint", "iam_endpoint"],
      ...["auth.token", "auth.password", "auth.ak_sk", "auth.ecs_agency"],
      ...["proxy_url", "proxy_from_environment", "tls_config"],
    ]);
  });

  test.each(alternatives)("is good with $key", async ({ key, line, plain }) => {
    const others = key.startsWith("auth.") ? example.replace(/^ +token_file: .*\n/m, "") : example;
    const text = others.replace(line, plain);
    expect(editorProblems(text)).toEqual([]);
    const result = await load(text);
    expect(result.ok ? result.warnings : result.problems).toEqual([]);
    if (key.startsWith("auth.")) {
      expect(result).toMatchObject({ config: { projects: [{ auth: { method: key.slice("auth.".length) } }] } });
    }
  });
});
