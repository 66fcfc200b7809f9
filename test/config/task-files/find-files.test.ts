import { readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  absolutePattern,
  findFiles,
  type ReadFolder,
  readFoldersOnce,
} from "../../../src/config/task-files/find-files.ts";
import { put, tempFolder } from "../temp-folder.ts";

/** What a pattern finds below a folder, whose own name is cut. */
async function find(folder: string, pattern: string, readFolder?: ReadFolder) {
  const cut = (path: string): string => path.replace(`${folder}/`, "");
  const { paths, faults } = await findFiles(absolutePattern(folder, pattern), readFolder);
  return {
    paths: paths.map(cut),
    faults: faults.map(({ path, reason }) => (path ? `${cut(path)}: ${reason}` : reason)),
  };
}

/** Reads folders, but for one. */
function failing(folder: string, name: string, code: string): ReadFolder {
  return async (path) => {
    if (path.replace(/\/$/, "") === join(folder, name)) throw Object.assign(new Error(code), { code });
    return await readdir(path, { withFileTypes: true });
  };
}

test("what matches is found, sorted; neither hidden files nor folders", async () => {
  const folder = await tempFolder({ "b.yaml": "", "a.yaml": "", ".c.yaml": "", "d.yaml/e": "", "f.txt": "" });
  expect(await find(folder, "*.yaml")).toEqual({ paths: ["a.yaml", "b.yaml"], faults: [] });
  expect(await find(folder, "g.yaml")).toEqual({ paths: ["g.yaml"], faults: [] });
  expect(await find(folder, "none/*.yaml")).toEqual({ paths: [], faults: [] });
});

test("characters of a pattern in the folder's own name are characters", async () => {
  const folder = join(await tempFolder(), "[prod] {a,b} (x)");
  await put(join(folder, "x/1.yaml"), "");
  expect((await find(folder, "x/*.yaml")).paths).toEqual(["x/1.yaml"]);
  expect((await find(folder, "x/1.yaml")).paths).toEqual(["x/1.yaml"]);
});

describe("a folder that cannot be read", () => {
  test.each([
    ["*/list.yaml", ["b/list.yaml"], "a: permission denied"],
    ["{a,b}/list.yaml", ["b/list.yaml"], "a: permission denied"],
    ["**/*.yaml", ["b/list.yaml", "x.yaml"], "a: permission denied"],
    ["[a-c]/**", ["b/list.yaml", "b/more/list.yml"], "a: permission denied"],
    ["a/*.yaml", [], "permission denied"],
  ])("on the way of %s is told beside what was found", async (pattern, paths, fault) => {
    const folder = await tempFolder({ "a/list.yaml": "", "b/list.yaml": "", "b/more/list.yml": "", "x.yaml": "" });
    expect(await find(folder, pattern, failing(folder, "a", "EACCES"))).toEqual({ paths, faults: [fault] });
  });

  test("further down", async () => {
    const folder = await tempFolder({ "a/b/x.yaml": "", "a/c/x.yaml": "", "d/b/x.yaml": "" });
    expect(await find(folder, "*/*/x.yaml", failing(folder, "a/b", "EIO"))).toEqual({
      paths: ["a/c/x.yaml", "d/b/x.yaml"],
      faults: ["a/b: it is not readable"],
    });
  });

  test.each(["*", "*.yaml", "a*"])("in the place of a file does not matter: %s", async (pattern) => {
    const folder = await tempFolder({ "a.yaml/x": "", "ab.yaml": "" });
    const paths = ["ab.yaml"];
    expect(await find(folder, pattern, failing(folder, "a.yaml", "EACCES"))).toEqual({ paths, faults: [] });
  });

  test.each(["b*/*", "?/x"])("aside of the way does not matter: %s", async (pattern) => {
    const folder = await tempFolder({ "aa/x": "", "bb/x": "" });
    expect(await find(folder, pattern, failing(folder, "aa", "EACCES"))).toMatchObject({ faults: [] });
  });

  test("that was deleted meanwhile is no fault", async () => {
    const folder = await tempFolder({ "a/x": "", "b/x": "" });
    expect(await find(folder, "*/x", failing(folder, "a", "ENOENT"))).toEqual({ paths: ["b/x"], faults: [] });
  });
});

describe("a link", () => {
  test("that leads nowhere and matches is a file that will not be read", async () => {
    const folder = await tempFolder({ "a.yaml": "" });
    await symlink("nowhere", join(folder, "b.yaml"));
    await symlink("nowhere", join(folder, "README"));
    expect(await find(folder, "*.yaml")).toEqual({ paths: ["a.yaml", "b.yaml"], faults: [] });
  });

  test.each(["*/list.yaml", "**/list.yaml"])("that leads nowhere on the way of %s is told", async (pattern) => {
    const folder = await tempFolder({ "a/list.yaml": "" });
    await symlink("nowhere", join(folder, "b"));
    await symlink("c", join(folder, "c"));
    const { paths, faults } = await find(folder, pattern);
    expect(paths).toEqual(["a/list.yaml"]);
    expect(faults.sort()).toEqual(["b: the link leads nowhere", "c: too many symbolic links"]);
  });

  test("to a file or folder is followed; one to the folder above ends", async () => {
    const folder = await tempFolder({ "a/x.yaml": "", "target/y.yaml": "" });
    await symlink("../target", join(folder, "a/link"));
    await symlink("..", join(folder, "a/up"));
    await symlink("x.yaml", join(folder, "a/z.yaml"));
    expect(await find(folder, "a/**/?.yaml")).toMatchObject({ faults: [] });
    expect(await find(folder, "a/*/y.yaml")).toEqual({ paths: ["a/link/y.yaml"], faults: [] });
    expect(await find(folder, "a/*.yaml")).toEqual({ paths: ["a/x.yaml", "a/z.yaml"], faults: [] });
  });
});

test("folders are read one at a time", async () => {
  const folder = await tempFolder(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}/x`, ""])));
  let underWay = 0;
  let most = 0;
  await find(folder, "*/x", async (path) => {
    most = Math.max(most, ++underWay);
    const entries = await readdir(path, { withFileTypes: true });
    underWay -= 1;
    return entries;
  });
  expect(most).toBe(1);
});

test("a folder that several patterns look into is read once a look", async () => {
  const folder = await tempFolder({ "a.yaml": "", "b.yaml": "" });
  const readFolder = readFoldersOnce();
  expect(await find(folder, "a*", readFolder)).toMatchObject({ paths: ["a.yaml"] });
  await rm(join(folder, "b.yaml"));
  await put(join(folder, "c.yaml"), "");
  expect(await find(folder, "[bc]*", readFolder)).toMatchObject({ paths: ["b.yaml"] });
  expect(await find(folder, "[bc]*", readFoldersOnce())).toMatchObject({ paths: ["c.yaml"] });
});
