import { execFileSync } from "node:child_process";
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { createTaskFiles, type TaskFiles, type TaskFilesResult } from "../../src/config/task-files.ts";
import { put, tempFolder } from "./temp-folder.ts";

interface Setup {
  readonly folder: string;
  readonly files: TaskFiles;
  /** Writes a file with a time of its own, so that each change is seen as one. */
  write(name: string, content: string): Promise<void>;
  refresh(): Promise<Plain>;
}

/** A result that can be compared: ids by collector; the folder cut from lines. */
interface Plain {
  readonly tasks: Readonly<Record<string, readonly string[]>>;
  readonly changed: readonly string[];
  readonly failed: readonly string[];
  readonly problems: readonly string[];
}

const projects = `
projects:
  - { name: prod, id: abc, region: eu-de, auth: { token: t } }
  - { name: test, id: def, region: eu-de, auth: { token: t } }
collectors:
`;

function collector(name: string, taskFiles: string, more = ""): string {
  return `  - { name: ${name}, project: prod, schedule: "* * * * *", task_files: ${taskFiles}${more} }\n`;
}

async function setUp(collectors: string, contents: Readonly<Record<string, string>>): Promise<Setup> {
  const folder = await tempFolder(contents);
  await put(join(folder, "config.yaml"), projects + collectors);
  const result = await loadConfig({ file: join(folder, "config.yaml"), env: {} });
  if (!result.ok) throw new Error(result.problems.join("\n"));
  const files = createTaskFiles(result.config, {});
  let time = 1_700_000_000;
  const plain = ({ tasks, changed, failed, problems }: TaskFilesResult): Plain => ({
    tasks: Object.fromEntries([...tasks].map(([name, list]) => [name, list.map(({ id }) => id)])),
    changed: [...changed],
    failed: [...failed],
    problems: problems.map((line) => line.replaceAll(`${folder}/`, "")),
  });
  return {
    folder,
    files,
    async write(name, content) {
      time += 60;
      await put(join(folder, name), content);
      await utimes(join(folder, name), time, time);
    },
    refresh: async () => plain(await files.refresh()),
  };
}

test("variables are replaced from the environment, in a file that changes too", async () => {
  const folder = await tempFolder({ "x.yaml": '- { id: t1, name: "from ${FROM}" }\n' });
  const env = { FROM: "the environment" };
  await put(join(folder, "config.yaml"), projects + collector("a", "[ x.yaml ]"));
  const result = await loadConfig({ file: join(folder, "config.yaml"), env });
  if (!result.ok) throw new Error(result.problems.join("\n"));
  expect(result.config.collectors[0]?.fileTasks[0]?.name).toBe("from the environment");
  const files = createTaskFiles(result.config, env);
  await put(join(folder, "x.yaml"), '- { id: t1, name: "now from ${FROM}" }\n');
  expect((await files.refresh()).tasks.get("a")?.[0]?.name).toBe("now from the environment");
});

test("nothing new, nothing said", async () => {
  const { refresh } = await setUp(collector("a", "[ x/*.yaml ]", ", tasks: [ t0 ]"), {
    "x/1.yaml": "- t1\n",
    "x/2.yaml": "- t2\n",
  });
  const nothing = { tasks: { a: ["t1", "t2"] }, changed: [], failed: [], problems: [] };
  expect(await refresh()).toEqual(nothing);
  expect(await refresh()).toEqual(nothing);
});

test("tasks come, change, move from one file to another, and leave", async () => {
  const { refresh, write, folder } = await setUp(collector("a", "[ x/*.yaml ]") + collector("b", "[ y.yaml ]"), {
    "x/1.yaml": "- t1\n",
    "y.yaml": "- t9\n",
  });
  await write("x/1.yaml", "- t1\n- t2\n");
  expect(await refresh()).toEqual({ tasks: { a: ["t1", "t2"], b: ["t9"] }, changed: ["a"], failed: [], problems: [] });
  await write("x/1.yaml", "- t1\n- { id: t2, name: second }\n");
  expect(await refresh()).toMatchObject({ changed: ["a"], problems: [] });
  // The same tasks in other words.
  await write("x/1.yaml", "[ { id: t1 }, { name: second, id: t2 } ]");
  expect(await refresh()).toMatchObject({ changed: [], problems: [] });
  await write("x/1.yaml", "- t1\n");
  await write("y.yaml", "- t9\n- t2\n");
  expect(await refresh()).toEqual({
    tasks: { a: ["t1"], b: ["t9", "t2"] },
    changed: ["a", "b"],
    failed: [],
    problems: [],
  });
  // Swapped at once.
  await write("x/1.yaml", "- t9\n");
  await write("y.yaml", "- t1\n");
  expect(await refresh()).toEqual({ tasks: { a: ["t9"], b: ["t1"] }, changed: ["a", "b"], failed: [], problems: [] });
  await rename(join(folder, "x/1.yaml"), join(folder, "x/2.yaml"));
  expect(await refresh()).toMatchObject({ tasks: { a: ["t9"] }, changed: [], failed: [], problems: [] });
  await rm(join(folder, "x/2.yaml"));
  expect(await refresh()).toEqual({ tasks: { a: [], b: ["t1"] }, changed: ["a"], failed: [], problems: [] });
});

test("labels of a file are those of its tasks over those of the collector", async () => {
  const { files, write } = await setUp(collector("a", "[ x.yaml ]", ", labels: { team: storage, place: x }"), {
    "x.yaml": "[]",
  });
  await write("x.yaml", "- { id: t1, labels: { team: db } }\n");
  expect((await files.refresh()).tasks.get("a")).toMatchObject([{ id: "t1", labels: { team: "db", place: "x" } }]);
});

describe("a file that is wrong keeps its last good content, and is told once", () => {
  const wrong: readonly (readonly [string, (path: string) => Promise<void>, string])[] = [
    ["missing", (path) => rm(path), "x.yaml: cannot be read: no such file"],
    [
      "half-written",
      (path) => writeFile(path, "- t1\n- { id: t"),
      "x.yaml:2:3: a [ or { is not closed, or its content is not indented",
    ],
    ["empty", (path) => writeFile(path, ""), "x.yaml:1:1: the file is empty; write [] for no tasks"],
    ["too large", (path) => truncate(path, 10 * 1024 * 1024 + 1), "x.yaml: cannot be read: it is larger than 10 MiB"],
    ["a folder", (path) => rm(path).then(() => mkdir(path)), "x.yaml: cannot be read: it is a directory"],
    [
      "a FIFO",
      (path) => rm(path).then(() => void execFileSync("mkfifo", [path])),
      "x.yaml: cannot be read: it is not a regular file",
    ],
    [
      "a link to itself",
      (path) => rm(path).then(() => symlink(path, path)),
      "x.yaml: cannot be read: too many symbolic links",
    ],
    ["binary", (path) => writeFile(path, Buffer.from([0xff, 0xfe])), "x.yaml: cannot be read: it is not UTF-8 text"],
    [
      "wrong",
      (path) => writeFile(path, "- ..\n"),
      "x.yaml:1:3: [0]: must be a task id of 1 to 64 letters, digits, _ or -",
    ],
    [
      "twice the same",
      (path) => writeFile(path, "- t3\n- t3\n"),
      "x.yaml:2:3: [1]: the same task is listed already (x.yaml:1:3); list it once within a project",
    ],
  ];
  test.each(wrong)("%s", async (_, spoil, line) => {
    const { refresh, write, folder } = await setUp(collector("a", "[ x.yaml ]") + collector("b", "[ y.yaml ]"), {
      "x.yaml": "- t1\n- t2\n",
      "y.yaml": "- t9\n",
    });
    // Before the first look too: what the configuration's start has read stays.
    await spoil(join(folder, "x.yaml"));
    const kept = { tasks: { a: ["t1", "t2"], b: ["t9"] }, changed: [], failed: ["a"] };
    expect(await refresh()).toEqual({ ...kept, problems: [line] });
    expect(await refresh()).toEqual({ ...kept, problems: [] });
    // Other files are read all the same.
    await write("y.yaml", "- t8\n");
    expect(await refresh()).toEqual({ ...kept, tasks: { a: ["t1", "t2"], b: ["t8"] }, changed: ["b"], problems: [] });
    await rm(join(folder, "x.yaml"), { recursive: true, force: true });
    await write("x.yaml", "- t3\n");
    expect(await refresh()).toEqual({ tasks: { a: ["t3"], b: ["t8"] }, changed: ["a"], failed: [], problems: [] });
    await rm(join(folder, "x.yaml"));
    expect(await refresh()).toMatchObject({ tasks: { a: ["t3"] }, problems: ["x.yaml: cannot be read: no such file"] });
  });

  test("another reason is told again, and no more than ten lines of one file", async () => {
    const { refresh, write } = await setUp(collector("a", "[ x.yaml ]"), { "x.yaml": "- t1\n" });
    await write("x.yaml", "- ..\n");
    expect((await refresh()).problems).toHaveLength(1);
    await write("x.yaml", "- ..\n".repeat(30));
    const { problems } = await refresh();
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)).toBe("x.yaml: and 20 more problems");
  });
});

describe("a task that stands twice", () => {
  test("the new content gives way to what is in force, until the other lets go", async () => {
    const { refresh, write } = await setUp(collector("a", "[ x/*.yaml ]"), {
      "x/1.yaml": "- t1\n",
      "x/2.yaml": "- t2\n",
    });
    await write("x/1.yaml", "- t1\n- t2\n");
    const line = "x/1.yaml:2:3: [1]: the same task is listed already (x/2.yaml:1:3); list it once within a project";
    expect(await refresh()).toEqual({ tasks: { a: ["t1", "t2"] }, changed: [], failed: ["a"], problems: [line] });
    expect(await refresh()).toMatchObject({ failed: ["a"], problems: [] });
    await write("x/2.yaml", "- t3\n");
    expect(await refresh()).toEqual({ tasks: { a: ["t1", "t2", "t3"] }, changed: ["a"], failed: [], problems: [] });
  });

  test("of two new ones the later gives way", async () => {
    const { refresh, write } = await setUp(collector("a", "[ x/*.yaml ]"), {
      "x/1.yaml": "- t1\n",
      "x/2.yaml": "- t2\n",
    });
    await write("x/1.yaml", "- t3\n");
    await write("x/2.yaml", "- t3\n- t1\n");
    expect(await refresh()).toMatchObject({ tasks: { a: ["t3", "t2"] }, failed: ["a"] });
  });

  test("an id that moved stays where it was while its old file is wrong", async () => {
    const { refresh, write } = await setUp(collector("a", "[ x.yaml ]") + collector("b", "[ y.yaml ]"), {
      "x.yaml": "- t1\n",
      "y.yaml": "[]",
    });
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1"], b: [] } });
    await write("x.yaml", "- {");
    await write("y.yaml", "- t1\n");
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1"], b: [] }, failed: ["a", "b"], problems: { length: 2 } });
    await write("x.yaml", "[]");
    expect(await refresh()).toMatchObject({
      tasks: { a: [], b: ["t1"] },
      changed: ["a", "b"],
      failed: [],
      problems: [],
    });
  });

  test("within the configuration, over collectors; not over projects", async () => {
    const { refresh, write } = await setUp(
      collector("a", "[ x.yaml ]", ", tasks: [ t0 ]") +
        collector("b", "[ y.yaml ]") +
        collector("c", "[ x.yaml ]").replace("prod", "test"),
      { "x.yaml": "- t1\n", "y.yaml": "- t2\n" },
    );
    await write("y.yaml", "- t0\n");
    expect((await refresh()).problems).toEqual([
      "y.yaml:1:3: [0]: the same task is listed already (the configuration); list it once within a project",
    ]);
    await write("y.yaml", "- t2\n- t1\n");
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1"], b: ["t2"], c: ["t1"] }, failed: ["b"] });
  });

  test("a file that a second collector's pattern comes to match", async () => {
    const { refresh, write, folder } = await setUp(collector("a", "[ x/*.yaml ]") + collector("b", "[ 'x/1*' ]"), {
      "x/2.yaml": "- t2\n",
    });
    await write("x/1.yaml", "- t1\n");
    expect(await refresh()).toMatchObject({
      tasks: { a: ["t1", "t2"], b: [] },
      failed: ["b"],
      problems: [
        "x/1.yaml:1:3: [0]: another collector of the project reads this file too; list a task once within a project",
      ],
    });
    await rm(join(folder, "x/1.yaml"));
    expect(await refresh()).toMatchObject({ tasks: { a: ["t2"] }, failed: [], problems: [] });
  });
});

test("a folder that cannot be read keeps its tasks; one that is gone does not", async () => {
  const { refresh, folder } = await setUp(collector("a", "[ x/*.yaml ]"), { "x/1.yaml": "- t1\n" });
  await rename(join(folder, "x"), join(folder, "y"));
  await symlink(join(folder, "x"), join(folder, "x"));
  const line = 'collector "a": task_files[0] cannot be looked up: too many symbolic links';
  // The files below cannot be reached either.
  const { tasks, failed, problems } = await refresh();
  expect({ tasks, failed }).toEqual({ tasks: { a: ["t1"] }, failed: ["a"] });
  expect(problems).toContain(line);
  expect(await refresh()).toMatchObject({ failed: ["a"], problems: [] });
  await rm(join(folder, "x"));
  expect(await refresh()).toMatchObject({ tasks: { a: [] }, changed: ["a"], failed: [], problems: [] });
});

test("characters of a pattern in the folder's own name are characters", async () => {
  const folder = join(await tempFolder(), "[prod] {a,b} (x)");
  await put(join(folder, "x/1.yaml"), "- t1\n");
  await put(join(folder, "y.yaml"), "- t2\n");
  await put(join(folder, "config.yaml"), projects + collector("a", "[ x/*.yaml, y.yaml ]"));
  const result = await loadConfig({ file: join(folder, "config.yaml"), env: {} });
  expect(result).toMatchObject({ ok: true, config: { collectors: [{ fileTasks: [{ id: "t1" }, { id: "t2" }] }] } });
  if (!result.ok) return;
  const files = createTaskFiles(result.config, {});
  expect(await files.refresh()).toMatchObject({ changed: new Set(), failed: new Set() });
});

test("a wrong file that two collectors read is told once", async () => {
  const collectors = collector("a", "[ x.yaml ]") + collector("b", "[ x.yaml ]").replace("prod", "test");
  const { refresh, write } = await setUp(collectors, { "x.yaml": "- t1\n" });
  await write("x.yaml", "");
  expect(await refresh()).toMatchObject({
    tasks: { a: ["t1"], b: ["t1"] },
    failed: ["a", "b"],
    problems: { length: 1 },
  });
});

test("calls that overlap come one after the other", async () => {
  const { refresh, write } = await setUp(collector("a", "[ x.yaml ]"), { "x.yaml": "- t1\n" });
  await write("x.yaml", "- ..\n");
  const [first, second] = await Promise.all([refresh(), refresh()]);
  expect([first.problems.length, second.problems.length]).toEqual([1, 0]);
});
