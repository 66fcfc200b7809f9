import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");

/** What the lists of vaults, policies, backups and protectable resources are decoded to. */
const inventory = ["estate/vaults", "estate/policies", "estate/backups", "estate/protectables"];

/** What each room of `src/` may import of the others; a room knows only rooms above it here, so that no arrow leads back. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  tasks: ["base"],
  estate: ["base", "tasks"],
  config: ["base", "tasks", "estate/protectables"],
  cbr: ["tasks", "config"],
  "cbr/answers": ["base", "tasks", ...inventory, "cbr"],
  "cbr/transport": ["base", "tasks", "config", "cbr", "cbr/answers"],
  "cbr/calls": ["base", "tasks", ...inventory, "cbr", "cbr/answers", "cbr/transport/call"],
  "cbr/auth": ["base", "config", "cbr", "cbr/calls", "cbr/transport/login"],
  "cbr/project-api": [
    "base",
    "tasks",
    ...inventory,
    "config",
    "cbr",
    "cbr/answers",
    "cbr/transport",
    "cbr/calls",
    "cbr/auth",
  ],
  collect: ["base", "tasks", "estate", "config", "cbr", "cbr/project-api"],
  metrics: ["base", "tasks", "estate", "cbr", "collect"],
  storage: ["base", "tasks", "estate", "config", "collect", "metrics/finishes"],
  web: ["base", "tasks", "estate", "metrics"],
  simulator: ["base"],
  top: [
    "base",
    "tasks",
    "estate",
    "config",
    "cbr",
    "cbr/answers",
    "cbr/project-api",
    "collect",
    "metrics",
    "storage",
    "web",
    "simulator",
  ],
};

/** `cbr/answers/time.ts` is of the room `cbr/answers`, `exporter.ts` of the top; `cbr/project-api.ts` is a room by itself. */
function roomOf(file: string): string {
  const name = file.replace(/\.ts$/, "");
  const [folder = "", sub] = name.split("/");
  const room = [name, `${folder}/${sub}`, folder].find((each) => each in rooms);
  return room ?? (sub === undefined ? "top" : folder);
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** Each import of one of our own files, both as paths below `src/`. */
const imports = files.flatMap((file) =>
  [...readFileSync(join(src, file), "utf8").matchAll(/(?:from|import) ?\(?"(\.[^"]+)"/g)].map(([, path = ""]) => ({
    file,
    imported: relative(src, join(src, dirname(file), path)),
  })),
);

test("the rooms are those of the table, which leads in one direction", () => {
  const names = Object.keys(rooms);
  expect([...new Set(files.map(roomOf))].toSorted()).toEqual(names.toSorted());
  for (const [room, known] of Object.entries(rooms)) {
    for (const each of known) expect(names.slice(0, names.indexOf(room))).toContain(roomOf(`${each}/file.ts`));
  }
});

test.each(Object.entries(rooms))("%s imports nothing but %j", (room, known) => {
  const others = imports.filter(({ file, imported }) => roomOf(file) === room && roomOf(imported) !== room);
  const isKnown = (imported: string) =>
    known.includes(roomOf(imported)) || known.includes(imported.replace(/\.ts$/, ""));
  expect(others.filter(({ imported }) => !isKnown(imported))).toEqual([]);
});

test("no file imports itself by way of others, types included", () => {
  const known = new Map<string, string[]>();
  for (const { file, imported } of imports) known.set(file, [...(known.get(file) ?? []), imported]);
  const done = new Set<string>();
  /** @returns the way back to a file that is already on it */
  function circle(file: string, way: readonly string[]): readonly string[] | undefined {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of known.get(file) ?? []) {
      const found = circle(next, [...way, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  }
  for (const file of files) expect(circle(file, [])).toBeUndefined();
});
