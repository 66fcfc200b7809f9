import { execFileSync } from "node:child_process";
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFileQueue } from "../../../src/config/task-files/file-queue.ts";
import { findFiles } from "../../../src/config/task-files/find-files.ts";
import { lookAtFile } from "../../../src/config/task-files/look-at-files.ts";
import type { LooksOptions } from "../../../src/config/task-files/task-file-looks.ts";
import { createTaskFiles, type TaskFiles, type TaskFilesResult } from "../../../src/config/task-files/task-files.ts";
import { taskLabelNames } from "../../../src/metrics/families/task.ts";
import { filesSettled } from "../../support/file-reads.ts";
import { loadConfig } from "../../support/load-config.ts";
import { type ManualClock, manualClock, newYear } from "../../support/manual-clock.ts";
import { put, tempFolder } from "../temp-folder.ts";

interface Setup {
  readonly folder: string;
  readonly files: TaskFiles;
  /** Those of the next configuration, which is the same. */
  open(): TaskFiles;
  readonly clock: ManualClock;
  /** Writes a file with a time of its own, so that each change is seen as one. */
  write(name: string, content: string): Promise<void>;
  refresh(collector?: string): Promise<Plain>;
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
  - { name: test, id: abc, region: eu-west-101, auth: { token: t } }
  - { name: third, id: abc, region: eu-nl, auth: { token: t } }
collectors:
`;

function collector(name: string, taskFiles: string, more = ""): string {
  return `  - { name: ${name}, project: prod, schedule: "* * * * *", task_files: ${taskFiles}${more} }\n`;
}

async function setUp(
  collectors: string,
  contents: Readonly<Record<string, string>>,
  options: Partial<LooksOptions> = {},
): Promise<Setup> {
  const folder = await tempFolder({ ...contents, "config.yaml": projects + collectors });
  const { env = {} } = options;
  const result = await loadConfig({ file: join(folder, "config.yaml"), env });
  if (!result.ok) throw new Error(result.problems.join("\n"));
  const clock = manualClock(newYear, filesSettled);
  const queue = createFileQueue({ clock, mountPoints: async () => [] });
  const open = () => {
    const known = { env, reservedLabels: taskLabelNames, clock, queue, first: result.firstLook };
    return createTaskFiles(result.config, { ...known, ...options });
  };
  const files = open();
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
    open,
    clock,
    async write(name, content) {
      time += 60;
      await put(join(folder, name), content);
      await utimes(join(folder, name), time, time);
    },
    refresh: async (name = "a") => plain(await files.refresh(name)),
  };
}

/** A file for each of two collectors. */
const twoFiles = collector("a", "[ x.yaml ]") + collector("b", "[ y.yaml ]");
const folderOfFiles = collector("a", "[ x/*.yaml ]");

/** Nothing has changed since, nothing is wrong. */
const quiet = { changed: [], failed: [], problems: [] };

test("a file that changes has its variables replaced, and its tasks the labels of the collector beneath their own", async () => {
  const labels = ", labels: { team: storage, place: x }";
  const text = (said: string) => `- { id: t1, name: "${said} \${FROM}", labels: { team: db } }\n`;
  const env = { FROM: "the environment" };
  const { files, write } = await setUp(collector("a", "[ x.yaml ]", labels), { "x.yaml": text("from") }, { env });
  for (const said of ["from", "now from"]) {
    await write("x.yaml", text(said));
    expect((await files.refresh("a")).tasks.get("a")).toMatchObject([
      { id: "t1", name: `${said} the environment`, labels: { team: "db", place: "x" } },
    ]);
  }
});

test("tasks come, change, move from one file to another, and leave", async () => {
  const collectors = collector("a", "[ x/*.yaml ]", ", tasks: [ t0 ]") + collector("b", "[ y.yaml ]");
  const { refresh, write, folder } = await setUp(collectors, { "x/1.yaml": "- t1\n", "y.yaml": "- t9\n" });
  for (let looks = 0; looks < 2; looks += 1) {
    expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t1"], b: ["t9"] } });
  }
  await write("x/1.yaml", "- t1\n- t2\n");
  expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t1", "t2"], b: ["t9"] }, changed: ["a"] });
  await write("x/1.yaml", "- t1\n- { id: t2, name: second }\n");
  expect(await refresh()).toMatchObject({ changed: ["a"], problems: [] });
  // The same tasks in other words.
  await write("x/1.yaml", "[ { id: t1 }, { name: second, id: t2 } ]");
  expect(await refresh()).toMatchObject({ changed: [], problems: [] });
  await write("x/1.yaml", "- t1\n");
  await write("y.yaml", "- t9\n- t2\n");
  expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t1"], b: ["t9", "t2"] }, changed: ["a", "b"] });
  // Swapped at once.
  await write("x/1.yaml", "- t9\n");
  await write("y.yaml", "- t1\n");
  expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t9"], b: ["t1"] }, changed: ["a", "b"] });
  await rename(join(folder, "x/1.yaml"), join(folder, "x/2.yaml"));
  expect(await refresh()).toMatchObject({ ...quiet, tasks: { a: ["t9"] } });
  // One that is there no more, while others match, has left.
  await write("x/3.yaml", "- t7\n");
  expect(await refresh()).toMatchObject({ tasks: { a: ["t9", "t7"] } });
  await rm(join(folder, "x/2.yaml"));
  expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t7"], b: ["t1"] }, changed: ["a"] });
  await write("x/3.yaml", "[]\n");
  expect(await refresh()).toEqual({ ...quiet, tasks: { a: [], b: ["t1"] }, changed: ["a"] });
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
    const { refresh, write, folder } = await setUp(twoFiles, { "x.yaml": "- t1\n- t2\n", "y.yaml": "- t9\n" });
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
    expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t3"], b: ["t8"] }, changed: ["a"] });
    await rm(join(folder, "x.yaml"));
    expect(await refresh()).toMatchObject({ tasks: { a: ["t3"] }, problems: ["x.yaml: cannot be read: no such file"] });
  });

  test("for two collectors too; another reason is told again, and no more than ten lines of one file", async () => {
    const collectors = collector("a", "[ x.yaml ]") + collector("b", "[ x.yaml ]").replace("prod", "test");
    const { refresh, write } = await setUp(collectors, { "x.yaml": "- t1\n" });
    await write("x.yaml", "- ..\n");
    expect(await refresh()).toMatchObject({
      tasks: { a: ["t1"], b: ["t1"] },
      failed: ["a", "b"],
      problems: { length: 1 },
    });
    await write("x.yaml", "- ..\n".repeat(30));
    const { problems } = await refresh();
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)).toBe("x.yaml: and 20 more problems");
  });
});

describe("a task that stands twice", () => {
  test("the new content gives way to what is in force, until the other lets go", async () => {
    const { refresh, write } = await setUp(folderOfFiles, { "x/1.yaml": "- t1\n", "x/2.yaml": "- t2\n" });
    await write("x/1.yaml", "- t1\n- t2\n");
    const line = "x/1.yaml:2:3: [1]: the same task is listed already (x/2.yaml:1:3); list it once within a project";
    expect(await refresh()).toEqual({ tasks: { a: ["t1", "t2"] }, changed: [], failed: ["a"], problems: [line] });
    expect(await refresh()).toMatchObject({ failed: ["a"], problems: [] });
    await write("x/2.yaml", "- t3\n");
    expect(await refresh()).toEqual({ ...quiet, tasks: { a: ["t1", "t2", "t3"] }, changed: ["a"] });
  });

  test("of two new ones the later gives way; one that gives way to what is in force keeps no other out", async () => {
    const { refresh, write } = await setUp(folderOfFiles, {
      "x/1.yaml": "- t1\n",
      "x/2.yaml": "- t2\n",
      "x/3.yaml": "- t3\n",
    });
    await write("x/1.yaml", "- t4\n");
    await write("x/2.yaml", "- t4\n- t1\n");
    expect(await refresh()).toMatchObject({ tasks: { a: ["t4", "t2", "t3"] }, failed: ["a"] });
    await write("x/1.yaml", "- t5\n- t3\n");
    await write("x/2.yaml", "- t5\n");
    expect(await refresh()).toEqual({
      tasks: { a: ["t4", "t5", "t3"] },
      changed: ["a"],
      failed: ["a"],
      problems: ["x/1.yaml:2:3: [1]: the same task is listed already (x/3.yaml:1:3); list it once within a project"],
    });
  });

  test("an id that moved stays where it was while its old file is wrong", async () => {
    const { refresh, write } = await setUp(twoFiles, { "x.yaml": "- t1\n", "y.yaml": "[]" });
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1"], b: [] } });
    await write("x.yaml", "- {");
    await write("y.yaml", "- t1\n");
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1"], b: [] }, failed: ["a", "b"], problems: { length: 2 } });
    await write("x.yaml", "[]");
    expect(await refresh()).toEqual({ ...quiet, tasks: { a: [], b: ["t1"] }, changed: ["a", "b"] });
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
    // The one that b has seen, and of which it holds nothing, is gone.
    await rm(join(folder, "x/1.yaml"));
    expect(await refresh()).toMatchObject({ tasks: { a: ["t2"] }, failed: ["b"], problems: { length: 1 } });
  });
});

describe("a pattern that does not see all keeps the last good content of what it does not see", () => {
  const files = { "x/a/1.yaml": "- t1\n", "x/b/1.yaml": "- t2\n", "x/c/1.yaml": "- t3\n" };
  const looped = async (folder: string) => {
    await rename(folder, `${folder}-away`);
    await symlink(folder, folder);
  };
  const back = async (folder: string) => {
    await rm(folder, { recursive: true, force: true });
    await rename(`${folder}-away`, folder);
  };
  const place = 'collector "a": task_files[0]';
  const gone = `${place} matches no file any more; leave a file with [] if that is meant`;

  test.each<readonly [string, string, (folder: string) => Promise<void>, string]>([
    ["a folder on its way", "x/b", looped, `${place} cannot be looked up: x/b: too many symbolic links`],
    ["its own folder", "x", looped, `${place} cannot be looked up: too many symbolic links`],
    [
      "a link that leads nowhere",
      "x/b",
      (folder) => rename(folder, `${folder}-away`).then(() => symlink("nowhere", folder)),
      `${place} cannot be looked up: x/b: the link leads nowhere`,
    ],
    [
      "a file that is a link which leads nowhere",
      "x/b/1.yaml",
      (path) => rename(path, `${path}-away`).then(() => symlink("nowhere", path)),
      "x/b/1.yaml: cannot be read: no such file",
    ],
    ["its folder is gone", "x", (folder) => rename(folder, `${folder}-away`), gone],
    ["its folder is empty", "x", (folder) => rename(folder, `${folder}-away`).then(() => mkdir(folder)), gone],
  ])("%s", async (_, name, spoil, line) => {
    const collectors = collector("a", "[ 'x/[abc]/*.yaml' ]") + collector("b", "[ y.yaml ]");
    const { refresh, write, folder } = await setUp(collectors, { ...files, "y.yaml": "- t9\n" });
    // Before the first look too: what the configuration's start has read stays.
    await spoil(join(folder, name));
    const kept = { tasks: { a: ["t1", "t2", "t3"], b: ["t9"] }, changed: [], failed: ["a"] };
    expect(await refresh()).toEqual({ ...kept, problems: [line] });
    expect(await refresh()).toEqual({ ...kept, problems: [] });
    await write("y.yaml", "- t8\n");
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1", "t2", "t3"], b: ["t8"] }, failed: ["a"], problems: [] });
    await back(join(folder, name));
    expect(await refresh()).toMatchObject({ ...quiet, tasks: { a: ["t1", "t2", "t3"] } });
    await spoil(join(folder, name));
    expect(await refresh()).toMatchObject({ tasks: { a: ["t1", "t2", "t3"] }, failed: ["a"], problems: [line] });
  });

  test("what it sees is read all the same, what leaves there stays until all is seen", async () => {
    const { refresh, write, folder } = await setUp(collector("a", "[ 'x/[abc]/*.yaml' ]"), files);
    await looped(join(folder, "x/b"));
    await write("x/a/1.yaml", "- t4\n");
    await write("x/a/2.yaml", "- t5\n");
    await rm(join(folder, "x/c"), { recursive: true });
    expect(await refresh()).toMatchObject({ tasks: { a: ["t4", "t5", "t2", "t3"] }, changed: ["a"], failed: ["a"] });
    await back(join(folder, "x/b"));
    expect(await refresh()).toMatchObject({ tasks: { a: ["t4", "t5", "t2"] }, failed: [] });
  });

  test("one that has matched nothing since the start is good, and so is a file without tasks", async () => {
    const { refresh, write, folder } = await setUp(collector("a", "[ 'x/*.yaml', 'y/*.yaml' ]"), { "y/1.yaml": "[]" });
    expect(await refresh()).toMatchObject({ failed: [], problems: [] });
    await write("x/1.yaml", "[]");
    expect(await refresh()).toMatchObject({ failed: [], problems: [] });
    await rm(join(folder, "y/1.yaml"));
    const line = gone.replace("[0]", "[1]");
    expect(await refresh()).toMatchObject({ failed: ["a"], problems: [line] });
    await rm(join(folder, "x/1.yaml"));
    expect(await refresh()).toMatchObject({ failed: ["a"], problems: [gone] });
  });
});

describe("all collectors share a look", () => {
  test("each pattern and file is asked for once, however many name it", async () => {
    const asked: string[] = [];
    const setup = await setUp(
      collector("a", "[ x/*.yaml, y.yaml ]") +
        collector("b", "[ x/*.yaml ]").replace("prod", "test") +
        collector("c", "[ x/1.yaml, y.yaml, none/*.yaml ]").replace("prod", "third"),
      { "x/1.yaml": "- t1\n", "x/2.yaml": "- t2\n", "y.yaml": "- t3\n" },
      {
        find: (pattern) => findFiles(pattern).finally(() => asked.push(basename(dirname(pattern)))),
        look: (path, ...more) => lookAtFile(path, ...more).finally(() => asked.push(basename(path))),
      },
    );
    await Promise.all(["a", "b", "c"].map((name) => setup.files.refresh(name)));
    expect(asked).toEqual(["x", "none", "1.yaml", "2.yaml", "y.yaml"]);
  });

  test("a call during a look waits for the next, so that it misses no change", async () => {
    const { refresh, write } = await setUp(
      twoFiles,
      { "x.yaml": "- t1\n", "y.yaml": "- t2\n" },
      {
        async look(path, ...more) {
          const file = await lookAtFile(path, ...more);
          // Too late for the look under way.
          if (path.endsWith("y.yaml") && !changed) changed = write("x.yaml", "- t3\n").then(() => refresh("b"));
          return file;
        },
      },
    );
    let changed: Promise<Plain> | undefined;
    expect(await refresh("a")).toMatchObject({ tasks: { a: ["t1"] }, changed: [] });
    expect(await changed).toMatchObject({ tasks: { a: ["t3"] }, changed: ["a"] });
  });

  test("changes and problems are told to one of those that call at once", async () => {
    const { refresh, write } = await setUp(twoFiles, { "x.yaml": "- t1\n", "y.yaml": "- t2\n" });
    await write("x.yaml", "- ..\n");
    await write("y.yaml", "- t3\n");
    const all = await Promise.all([refresh("a"), refresh("b"), refresh("a")]);
    expect(all.map(({ changed, problems }) => [changed.length, problems.length])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    for (const { tasks, failed } of all)
      expect({ tasks, failed }).toEqual({ tasks: { a: ["t1"], b: ["t3"] }, failed: ["a"] });
  });
});

describe("what hangs", () => {
  const contents = { "x/1.yaml": "- t1\n", "y.yaml": "- t2\n" };
  const collectors = collector("a", "[ x/*.yaml ]") + collector("b", "[ y.yaml ]");

  /** The files and folders with these names hang until they are let go. */
  async function hanging(...names: readonly string[]) {
    const hangs = new Set(names);
    const waiting = new Map<string, () => void>();
    const asked: string[] = [];
    const unlessHung = async <T>(path: string, question: () => Promise<T>): Promise<T> => {
      const name = basename(path);
      asked.push(name);
      if (hangs.has(name)) await new Promise<void>((resolve) => waiting.set(name, resolve));
      return question();
    };
    const setup = await setUp(collectors, contents, {
      find: (pattern) => unlessHung(dirname(pattern), () => findFiles(pattern)),
      look: (path, ...more) => unlessHung(path, () => lookAtFile(path, ...more)),
    });
    const answer = (name: string): void => {
      hangs.delete(name);
      waiting.get(name)?.();
    };
    /** Moves the clock on until a promise settles. */
    const secondsUntil = async (promise: Promise<unknown>): Promise<number> => {
      let isOver = false;
      void promise.then(() => {
        isOver = true;
      });
      for (let seconds = 0; ; seconds++) {
        await setup.clock.advance(seconds === 0 ? 0 : 1_000);
        if (isOver || seconds > 20) return seconds;
      }
    };
    return { ...setup, asked, answer, secondsUntil };
  }

  test.each([
    ["a file", "1.yaml", "x/1.yaml: cannot be read: no answer for 10 s"],
    ["a folder", "x", 'collector "a": task_files[0] cannot be looked up: no answer for 10 s'],
  ])("%s holds up the collectors that name it, ten seconds, and then counts as failed", async (_, name, line) => {
    const { refresh, clock, asked, answer, write, secondsUntil } = await hanging(name);
    await write("x/1.yaml", "- t3\n");
    await write("y.yaml", "- t4\n");
    const [a, b] = [refresh("a"), refresh("b")];
    expect(await secondsUntil(b)).toBe(1);
    expect(await b).toEqual({ ...quiet, tasks: { a: ["t1"], b: ["t4"] }, changed: ["b"] });
    expect(await secondsUntil(a)).toBe(9);
    expect(await a).toEqual({ tasks: { a: ["t1"], b: ["t4"] }, changed: [], failed: ["a"], problems: [line] });
    // Neither asked again nor waited for.
    const [again, other] = [refresh("a"), refresh("b")];
    expect(await secondsUntil(Promise.all([again, other]))).toBe(0);
    expect(await again).toMatchObject({ tasks: { a: ["t1"] }, failed: ["a"], problems: [] });
    expect(asked.filter((it) => it === name)).toHaveLength(1);
    answer(name);
    expect(await secondsUntil(refresh("a"))).toBe(0);
    expect(await refresh("a")).toMatchObject({ tasks: { a: ["t3"] }, failed: [], problems: [] });
    expect(clock.pending()).toBe(0);
  });

  test.each(["1.yaml", "x"])("and answers late is still waited for, and read: %s", async (name) => {
    const { refresh, clock, answer, write, secondsUntil } = await hanging(name);
    await write("x/1.yaml", "- t3\n");
    const a = refresh("a");
    await clock.advance(9_000);
    answer(name);
    expect(await secondsUntil(a)).toBe(0);
    expect(await a).toMatchObject({ ...quiet, tasks: { a: ["t3"] }, changed: ["a"] });
  });

  test("and answers while the look goes on: what it brought is looked at too", async () => {
    const { refresh, clock, answer, write } = await hanging("x", "y.yaml");
    await write("x/1.yaml", "- t3\n");
    const a = refresh("a");
    await clock.advance(1_000);
    answer("x");
    await clock.advance(1_000);
    expect(await a).toMatchObject({ tasks: { a: ["t3"] }, changed: ["a"], failed: [] });
  });

  test("is given up between two looks, never in the middle of one", async () => {
    let goOn = (): void => undefined;
    const { refresh, clock, write } = await setUp(
      collector("a", "[ x.yaml ]") + collector("b", "[ y.yaml, z.yaml ]"),
      { "x.yaml": "[]", "y.yaml": "- t1\n", "z.yaml": "[]" },
      {
        async look(path, ...more) {
          if (path.endsWith("x.yaml")) await new Promise(() => undefined);
          if (path.endsWith("z.yaml") && isSlow) await new Promise<void>((resolve) => (goOn = resolve));
          return lookAtFile(path, ...more);
        },
      },
    );
    let isSlow = false;
    const a = refresh("a");
    await clock.advance(1_000);
    await refresh("b");
    await clock.advance(8_500);
    // A task moves from a file that is seen already to one that is not yet.
    await write("y.yaml", "[]");
    await write("z.yaml", "- t1\n");
    isSlow = true;
    const b = refresh("b");
    await clock.advance(500);
    goOn();
    for (const result of [await a, await b]) expect(result).toMatchObject({ tasks: { b: ["t1"] }, changed: [] });
  });

  test("is waited for no more once the files are closed", async () => {
    const { refresh, files, asked, secondsUntil } = await hanging("1.yaml");
    const a = refresh("a");
    expect(await secondsUntil(refresh("b"))).toBe(1);
    files.close();
    expect(await a).toEqual({ ...quiet, tasks: { a: ["t1"], b: ["t2"] } });
    const before = asked.length;
    expect(await refresh("b")).toMatchObject({ changed: [], problems: [] });
    expect(asked).toHaveLength(before);
  });

  test("is not asked once more by the files of a new configuration", async () => {
    let asked = 0;
    const look = () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const { files, open, clock } = await setUp(collector("a", "[ y.yaml ]"), contents, { look });
    void files.refresh("a");
    await clock.advance(10_000);
    files.close();
    expect(await open().refresh("a")).toMatchObject({ failed: new Set(["a"]), problems: { length: 1 } });
    expect(asked).toBe(1);
  });
});
