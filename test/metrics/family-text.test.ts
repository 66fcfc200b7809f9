import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Family, gauge } from "../../src/metrics/families/family.ts";
import { familyText, type RecordSource } from "../../src/metrics/family-text.ts";
import { type Deflate, gzipMember } from "../../src/metrics/gzip.ts";
import { createTextForms, type TextForms } from "../../src/metrics/text-forms.ts";
import { type ManualClock, manualClock, runningClock } from "../support/manual-clock.ts";
import { turnsDuring } from "../support/turns.ts";

interface Thing {
  readonly key: string;
  readonly size?: number;
  readonly frozen?: boolean;
}

const families: readonly Family<Thing>[] = [
  gauge("x_there", "One.", () => 1),
  gauge("x_size", "Two.", ({ size }) => size),
];

interface Things extends RecordSource<Thing> {
  put(...things: readonly Thing[]): void;
  remove(...keys: readonly string[]): void;
}

function thingsOf(...things: readonly Thing[]): Things {
  const records = new Map(things.map((thing) => [thing.key, thing]));
  let notify: (before: Thing | undefined, after: Thing | undefined) => void = () => {};
  return {
    records: () => records.values(),
    subscribe(on) {
      notify = on;
      return () => {};
    },
    put(...things) {
      for (const thing of things) {
        const before = records.get(thing.key);
        records.set(thing.key, thing);
        notify(before, thing);
      }
    },
    remove(...keys) {
      for (const key of keys) {
        const before = records.get(key);
        records.delete(key);
        notify(before, undefined);
      }
    },
  };
}

interface Written extends TextForms {
  /** Families of the text, without their HELP and TYPE. */
  read(): Promise<readonly string[]>;
  /** Pieces written, and compressed, since the last time. */
  cost(): { readonly wrote: number; readonly compressed: number };
  readonly clock: ManualClock;
}

/** Text in blocks of two records, four of frozen ones. */
function written(
  things: Things,
  given: { families?: readonly Family<Thing>[]; deflate?: Deflate; clock?: ManualClock } = {},
): Written {
  let [wrote, compressed] = [0, 0];
  const { clock = manualClock() } = given;
  const source = familyText<Thing>({
    source: things,
    families: given.families ?? families,
    labels: ({ key }) => ({ key }),
    isFrozen: ({ frozen = false }) => frozen,
    sizes: { small: 2, big: 4 },
  });
  const observer = { wrote: () => (wrote += 1), compressed: () => (compressed += 1) };
  const forms = createTextForms([source], { clock, observer, deflate: given.deflate });
  return {
    ...forms,
    clock,
    async read() {
      const text = Buffer.concat(await forms.texts()).toString();
      return text.split(/^# HELP .*\n# TYPE .*\n/m).slice(1);
    },
    cost() {
      const cost = { wrote, compressed };
      [wrote, compressed] = [0, 0];
      return cost;
    },
  };
}

async function gunzipped(forms: TextForms): Promise<string> {
  return gunzipSync(Buffer.concat(gzipMember([await forms.deflated()]))).toString();
}

const numbered = (from: number, to: number, parts: Omit<Thing, "key"> = {}): readonly Thing[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ key: String(from + at), size: from + at, ...parts }));

test("HELP, TYPE and the series of all records, those of before included, family after family", async () => {
  const things = thingsOf({ key: "a", size: 5 }, { key: "b" });
  const text = written(things);
  things.put({ key: "c", size: 7 });
  expect(Buffer.concat(await text.texts()).toString()).toBe(
    '# HELP x_there One.\n# TYPE x_there gauge\nx_there{key="a"} 1\nx_there{key="b"} 1\nx_there{key="c"} 1\n' +
      '# HELP x_size Two.\n# TYPE x_size gauge\nx_size{key="a"} 5\nx_size{key="c"} 7\n',
  );
});

test("a changed record costs its block's text of the families that say something else", async () => {
  const things = thingsOf(...numbered(1, 6));
  const text = written(things);
  const before = await text.texts();
  expect(text.cost()).toEqual({ wrote: 6, compressed: 0 });
  things.put({ key: "3", size: 9 });
  const after = await text.texts();
  expect(text.cost().wrote).toBe(1);
  // So short a family is one chunk.
  expect(after.map((chunk) => before.includes(chunk))).toEqual([true, false]);
  // One that shows nowhere costs nothing.
  things.put({ key: "3", size: 9 });
  expect(await text.texts()).toEqual(after);
  expect(text.cost().wrote).toBe(0);
});

test("a record that comes, leaves, or loses a series shows in the next look", async () => {
  const things = thingsOf({ key: "a", size: 1 }, { key: "b", size: 1 }, { key: "c", size: 1 });
  const text = written(things);
  await text.texts();
  things.remove("a");
  things.put({ key: "d" }, { key: "b" });
  expect(await text.read()).toEqual([
    'x_there{key="b"} 1\nx_there{key="c"} 1\nx_there{key="d"} 1\n',
    'x_size{key="c"} 1\n',
  ]);
  things.remove("c");
  things.put({ key: "c", size: 9 });
  expect((await text.read())[1]).toBe('x_size{key="c"} 9\n');
});

test("a record that comes and leaves between two looks costs nothing where its block has no text of it", async () => {
  const things = thingsOf(...numbered(1, 2));
  const text = written(things);
  await text.texts();
  text.cost();
  things.put({ key: "x", size: 1 }, { key: "x", size: 2 });
  things.remove("x");
  await text.texts();
  expect(text.cost().wrote).toBe(0);
});

test("what is frozen is put together, and then costs nothing while others change", async () => {
  const things = thingsOf(...numbered(1, 8));
  const text = written(things);
  await text.texts();
  for (const thing of numbered(1, 4, { frozen: true })) things.put(thing);
  const frozen = /x_size{key="1"} 1\nx_size{key="2"} 2\nx_size{key="3"} 3\nx_size{key="4"} 4\n/;
  expect((await text.read())[1]).toMatch(frozen);
  text.cost();
  things.put({ key: "5", size: 0 }, { key: "9", size: 9, frozen: true });
  expect((await text.read())[1]).toMatch(frozen);
  // The changed one's block, and that of the new one, of both families.
  expect(text.cost().wrote).toBe(3);
});

test("compressed, it is the same text; a change compresses what it made anew alone", async () => {
  const things = thingsOf(...numbered(1, 40, { frozen: true }), ...numbered(41, 50));
  const text = written(things);
  expect(await gunzipped(text)).toBe(Buffer.concat(await text.texts()).toString());
  text.cost();
  things.put({ key: "45", size: 1 });
  things.remove("50");
  // Of two blocks: the size of one, and all of the other, in which another is left.
  expect(await gunzipped(text)).toBe(Buffer.concat(await text.texts()).toString());
  expect(text.cost().compressed).toBe(3);
});

test("a form that nobody has asked for in five minutes is let go of, and made anew for who asks again", async () => {
  const things = thingsOf(...numbered(1, 4));
  const text = written(things);
  await text.texts();
  await text.deflated();
  text.cost();
  await text.clock.advance(299_000);
  await text.deflated();
  things.put({ key: "1", size: 7 });
  await text.deflated();
  await text.texts();
  expect(text.cost()).toEqual({ wrote: 1, compressed: 1 });
  await text.clock.advance(301_000);
  await text.deflated();
  await text.texts();
  expect(text.cost()).toEqual({ wrote: 4, compressed: 0 });
  // What is asked for in one form alone is neither made nor kept in the other.
  await text.clock.advance(301_000);
  await text.texts();
  things.put({ key: "1", size: 8 });
  await text.texts();
  expect(text.cost()).toEqual({ wrote: 1, compressed: 0 });
});

/** Compresses once it is told to. */
function heldBack() {
  const waiting: (() => void)[] = [];
  const asked: string[] = [];
  return {
    asked,
    deflate: async (text: Uint8Array): Promise<Uint8Array> => {
      asked.push(String(text));
      const copy = Buffer.from(text);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return copy;
    },
    goOn() {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

test("what changes during a look shows in the next one, which all share that ask meanwhile", async () => {
  const things = thingsOf({ key: "a", size: 1 }, { key: "b", size: 1 });
  const { deflate, goOn, asked } = heldBack();
  const text = written(things, { deflate });
  const first = text.deflated();
  await expect.poll(() => asked.length).toBe(4);
  things.put({ key: "a", size: 2 });
  things.remove("b");
  const [second, third] = [text.deflated(), text.deflated()];
  goOn();
  expect(String((await first).chunks[1])).toContain('x_size{key="a"} 1\nx_size{key="b"} 1\n');
  await expect.poll(() => asked.length).toBe(6);
  goOn();
  expect(await second).toBe(await third);
  expect(String((await second).chunks[1])).toMatch(/gauge\nx_size{key="a"} 2\n$/);
  expect(asked.slice(4)).toEqual(['x_there{key="a"} 1\n', 'x_size{key="a"} 2\n']);
});

test("thousands of changes that waited for a look leave others their turn, and the next look shows all", async () => {
  const things = thingsOf({ key: "a", size: 1 });
  const { deflate, goOn, asked } = heldBack();
  const text = written(things, { deflate, clock: runningClock(0.01) });
  const first = text.deflated();
  await expect.poll(() => asked.length).toBe(4);
  things.put(...Array.from({ length: 3_000 }, (_, size) => ({ key: "a", size })));
  goOn();
  await first;
  const turns = await turnsDuring(async () => expect((await text.read())[1]).toBe('x_size{key="a"} 2999\n'));
  expect(turns).toBeGreaterThanOrEqual(4);
});

test("a look that fails is told to who asked, and the next one does what it left", async () => {
  let broken = true;
  const compressed: string[] = [];
  const deflate: Deflate = async (text) => {
    if (broken && String(text).startsWith("x_size")) throw new Error("out of memory");
    compressed.push(String(text));
    return Buffer.from(text);
  };
  const things = thingsOf({ key: "a", size: 1 });
  const text = written(things, { deflate });
  await expect(text.deflated()).rejects.toThrow("out of memory");
  things.put({ key: "b", size: 2 });
  broken = false;
  expect((await text.deflated()).chunks.map((chunk) => String(chunk).split("\n").length)).toEqual([5, 5]);
  // The heads had been made.
  expect(compressed.filter((made) => made.startsWith("# HELP"))).toHaveLength(2);
});

test("a long look leaves others their turn", async () => {
  const things = thingsOf(...numbered(1, 2_000));
  const text = written(things, { clock: runningClock(0.1) });
  // 2 000 pieces, a look at the clock after each: 50 a slice.
  expect(await turnsDuring(async () => text.texts())).toBeGreaterThanOrEqual(30);
});

test("while nobody looks, no more is kept than there are records", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const kept = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const things = thingsOf();
  const text = written(things);
  const comeAndGo = async (look: boolean): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      // Long ones, which would be seen to stay as keys, as records or as text.
      const keys = Array.from({ length: 500 }, (_, at) => Buffer.alloc(10_000, `${round} ${at},`).toString());
      things.put(...keys.map((key) => ({ key, size: 2 })));
      if (look) await text.texts();
      things.put(...keys.map((key) => ({ key, size: 1 })));
      things.remove(...keys);
    }
  };
  const before = kept();
  await comeAndGo(true);
  await comeAndGo(false);
  expect(kept() - before).toBeLessThan(5e6);
});
