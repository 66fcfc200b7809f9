import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { StorageInUseError } from "../../src/storage/in-use.ts";
import { entryText, keyText } from "../../src/storage/key.ts";
import { writeNote } from "../../src/storage/note.ts";
import { openFacts, writeEntries } from "../../src/storage/open-facts.ts";
import { recordedLog } from "../support/recorded-log.ts";

const count = 2_000;
/** Enough for tables beside the log. */
const entries = new Map(
  Array.from({ length: count }, (_, index) => {
    const key = keyText(["task", "http://cloud", "p", `task-${index}`]);
    return [key, entryText(key, { value: { text: String(index).repeat(400) } })] as const;
  }),
);

let work = "";
let whole = "";

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "open-facts-"));
  whole = join(work, "whole");
  // Several sessions, as a program that is started again makes them: tables, and a log of the last.
  const all = [...entries];
  for (const start of [0, count / 2]) {
    const { database } = await openFacts(whole, recordedLog());
    if (!database) throw new Error("no database");
    await writeEntries(database, all.slice(start, start + count / 2));
    await database.close();
  }
  await writeNote(whole, count);
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A copy that the test may damage. */
function copy(): string {
  const folder = mkdtempSync(join(work, "copy-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(whole, folder, { recursive: true });
  return folder;
}

/** Opens it, and closes it again. */
async function look(folder: string) {
  const log = recordedLog();
  const opened = await openFacts(folder, log);
  await opened.database?.close();
  return { ...opened, errors: log.lines.filter(({ level }) => level === "error") };
}

const databaseFile = (folder: string, pattern: RegExp): string =>
  join(folder, "facts", readdirSync(join(folder, "facts")).find((name) => pattern.test(name)) ?? "none");
const remove = (pattern: RegExp) => (folder: string) => rmSync(databaseFile(folder, pattern));
const rewrite = (pattern: RegExp, change: (bytes: Buffer) => Buffer) => (folder: string) => {
  const path = databaseFile(folder, pattern);
  writeFileSync(path, change(readFileSync(path)));
};
const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
const flipped = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(changed.length / 2);
  changed.writeUInt8(changed.readUInt8(middle) ^ 1, middle);
  return changed;
};

test("what was written is there, and nothing is said", async () => {
  const folder = copy();
  const { database, entries: read, errors } = await look(folder);
  expect([database !== undefined, errors]).toEqual([true, []]);
  expect(read).toEqual(entries);
  expect(readdirSync(folder).toSorted()).toEqual(["facts", "facts.json"]);
});

test.each<[string, (folder: string) => void, "some" | "all" | "none"]>([
  ["a table cut in half", rewrite(/\.ldb$/, half), "some"],
  ["a byte of a table flipped", rewrite(/\.ldb$/, flipped), "some"],
  ["a table that is gone", remove(/\.ldb$/), "some"],
  ["a log cut in half", rewrite(/\.log$/, half), "some"],
  ["a byte of the log flipped", rewrite(/\.log$/, flipped), "some"],
  ["no CURRENT", remove(/^CURRENT$/), "all"],
  ["an empty CURRENT", rewrite(/^CURRENT$/, () => Buffer.alloc(0)), "all"],
  ["no manifest", remove(/^MANIFEST/), "all"],
  ["a manifest cut in half", rewrite(/^MANIFEST/, half), "all"],
  ["a folder without the database", (folder) => rmSync(join(folder, "facts"), { recursive: true }), "none"],
  [
    "a file in its place",
    (folder) => {
      rmSync(join(folder, "facts"), { recursive: true });
      writeFileSync(join(folder, "facts"), "mine");
    },
    "none",
  ],
  [
    "something else in its place",
    (folder) => {
      rmSync(join(folder, "facts"), { recursive: true });
      mkdirSync(join(folder, "facts/photos"), { recursive: true });
    },
    "none",
  ],
  ["a newer version", (folder) => writeFileSync(join(folder, "facts.json"), '{"version":2,"records":7}'), "none"],
])("%s is set aside, what can be read is kept, and one line tells of it", async (_, damage, kept) => {
  const folder = copy();
  damage(folder);
  const { database, entries: read, errors } = await look(folder);
  expect(database).toBeDefined();
  for (const [key, text] of read) expect(entries.get(key)).toBe(text);
  const [least, most] = { all: [count, count], some: [1, count - 1], none: [0, 0] }[kept] as [number, number];
  expect(read.size).toBeGreaterThanOrEqual(least);
  expect(read.size).toBeLessThanOrEqual(most);
  expect(errors).toHaveLength(1);
  expect(errors[0]?.fields).toMatchObject({ kept: read.size });
  const again = await look(folder);
  expect(again.entries).toEqual(read);
  expect(again.errors).toEqual([]);
});

test.each<[string, (folder: string) => void]>([
  ["no note beside it", (folder) => rmSync(join(folder, "facts.json"))],
  ["a torn note", (folder) => writeFileSync(join(folder, "facts.json"), '{"vers')],
  ["a note of fewer", (folder) => writeFileSync(join(folder, "facts.json"), '{"version":1,"records":5}')],
])("%s is no damage to the database", async (_, damage) => {
  const folder = copy();
  damage(folder);
  const { entries: read, errors } = await look(folder);
  expect([read.size, errors]).toEqual([count, []]);
});

test("an end in the midst of setting aside is made good by the next start", async () => {
  const folder = copy();
  cpSync(join(folder, "facts"), join(folder, "facts.new"), { recursive: true });
  rmSync(join(folder, "facts"), { recursive: true });
  const { entries: read, errors } = await look(folder);
  expect([read.size, errors]).toEqual([count, []]);
  expect(existsSync(join(folder, "facts.new"))).toBe(false);
});

test("two at once are refused in one line", async () => {
  const folder = copy();
  const { database } = await openFacts(folder, recordedLog());
  onTestFinished(() => database?.close());
  await expect(openFacts(folder, recordedLog())).rejects.toThrow(StorageInUseError);
});

test("a path where nothing can be written is no reason to end", async () => {
  const { database, problem, entries: read } = await openFacts("/proc/none", recordedLog());
  expect([database, read.size]).toEqual([undefined, 0]);
  expect(problem).toBe("the folder above it does not exist; make it");
});

test("bytes changed and cut anywhere: it opens, takes writes, and shows nothing that was not written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 5 }),
      fc.option(fc.nat()),
      async (which, flips, cut) => {
        const folder = mkdtempSync(join(work, "any-"));
        cpSync(whole, folder, { recursive: true });
        const names = readdirSync(join(folder, "facts")).filter((name) => !/^LO(CK|G)/.test(name));
        const path = join(folder, "facts", names[which % names.length] ?? "");
        const bytes = readFileSync(path);
        for (const { at, byte } of flips) bytes.writeUInt8(byte, at % bytes.length);
        writeFileSync(path, cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
        const opened = await openFacts(folder, recordedLog());
        for (const [key, text] of opened.entries) if (entries.get(key) !== text) throw new Error(`${key} is wrong`);
        if (!opened.database) throw new Error(opened.problem);
        await writeEntries(opened.database, [["another", "text"]]);
        await opened.database.close();
        rmSync(folder, { recursive: true });
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
