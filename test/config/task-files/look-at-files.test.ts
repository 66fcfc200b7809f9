import { join } from "node:path";
import { expect, test } from "vitest";
import { noLook, tasksAtFirst } from "../../../src/config/task-files/look-at-files.ts";
import { loadConfig } from "../../support/load-config.ts";
import { put, tempFolder } from "../temp-folder.ts";

test("the first look: each file once, in the order of the entries, with the collector's labels", async () => {
  const folder = await tempFolder({
    "lists/one.yaml": "- { id: t1, labels: { team: db } }\n",
    "lists/two.yaml": "[]\n",
    "first.yaml": "- { id: t0, name: n }\n",
  });
  const text = `
projects: [ { name: prod, id: abc, region: eu-de, auth: { token: t } } ]
collectors:
  - name: a
    schedule: "0 5 * * *"
    task_files: [ first.yaml, lists/*.yaml, lists/one.yaml, "none/*.yaml" ]
    labels: { team: storage, place: "" }
`;
  await put(join(folder, "config.yaml"), text);
  const loaded = await loadConfig({ file: join(folder, "config.yaml"), env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const [collector] = loaded.config.collectors;
  if (!collector) throw new Error("no collector");
  expect(tasksAtFirst(collector, loaded.firstLook)).toEqual([
    { id: "t0", name: "n", labels: { team: "storage", place: "" }, file: join(folder, "first.yaml") },
    { id: "t1", labels: { team: "db", place: "" }, file: join(folder, "lists/one.yaml") },
  ]);
  expect(collector.taskFiles.map((pattern) => loaded.firstLook.found.get(pattern)?.length)).toEqual([1, 2, 1, 0]);
  expect(tasksAtFirst(collector, noLook)).toEqual([]);
});
