import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type Family, gauge } from "../../src/metrics/families/family.ts";
import { familyText, type RecordSource, type TextSource } from "../../src/metrics/family-text.ts";

interface Thing {
  readonly key: string;
  readonly size?: number;
}

const families: readonly Family<Thing>[] = [
  gauge("x_there", "One.", () => 1),
  gauge("x_size", "Two.", ({ size }) => size),
];
const labels = ({ key }: Thing) => ({ key });

interface Things extends RecordSource<Thing> {
  put(thing: Thing): void;
  remove(key: string): void;
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
    put(thing) {
      const before = records.get(thing.key);
      records.set(thing.key, thing);
      notify(before, thing);
    },
    remove(key) {
      const before = records.get(key);
      records.delete(key);
      notify(before, undefined);
    },
  };
}

function read(text: TextSource): readonly string[] {
  return text.chunks().map((chunk) => Buffer.from(chunk).toString("utf8"));
}

const head = "# HELP x_there One.\n# TYPE x_there gauge\n";

test("one chunk a family: HELP, TYPE and the series of all records, those of before included", () => {
  const things = thingsOf({ key: "a", size: 5 }, { key: "b" });
  const text = familyText(things, families, labels);
  things.put({ key: "c", size: 7 });
  expect(read(text)).toEqual([
    `${head}x_there{key="a"} 1\nx_there{key="b"} 1\nx_there{key="c"} 1\n`,
    '# HELP x_size Two.\n# TYPE x_size gauge\nx_size{key="a"} 5\nx_size{key="c"} 7\n',
  ]);
});

test("a changed record makes anew only the chunks of the families that say something else", () => {
  const things = thingsOf({ key: "a", size: 1 }, { key: "b", size: 1 });
  const text = familyText(things, families, labels);
  const before = text.chunks();
  things.put({ key: "a", size: 2 });
  const after = text.chunks();
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(read(text)[1]).toContain('x_size{key="a"} 2\nx_size{key="b"} 1\n');
  // One that shows nowhere makes none.
  things.put({ key: "a", size: 2 });
  expect(text.chunks()[1]).toBe(after[1]);
});

test("only a changed record is asked for its samples, once a look", () => {
  const asked: string[] = [];
  const family = gauge<Thing>("x", "h", ({ key, size }) => {
    asked.push(`${key} ${size}`);
    return size;
  });
  const things = thingsOf({ key: "a", size: 1 }, { key: "b", size: 1 });
  const text = familyText(things, [family], labels);
  text.chunks();
  things.put({ key: "b", size: 2 });
  things.put({ key: "b", size: 3 });
  text.chunks();
  expect(asked).toEqual(["a 1", "b 1", "b 3"]);
});

test("a record that leaves, comes, or loses a series shows in the next chunks", () => {
  const things = thingsOf({ key: "a", size: 1 }, { key: "b", size: 1 }, { key: "c", size: 1 });
  const text = familyText(things, families, labels);
  text.chunks();
  things.remove("a");
  things.put({ key: "d" });
  things.put({ key: "b" });
  expect(read(text)).toEqual([
    `${head}x_there{key="b"} 1\nx_there{key="c"} 1\nx_there{key="d"} 1\n`,
    '# HELP x_size Two.\n# TYPE x_size gauge\nx_size{key="c"} 1\n',
  ]);
  things.remove("c");
  things.put({ key: "c", size: 9 });
  expect(read(text)[1]).toContain('x_size{key="c"} 9\n');
});

test("a record that comes and leaves between two looks was never there", () => {
  const things = thingsOf({ key: "a" });
  const text = familyText(things, families, labels);
  const before = text.chunks();
  things.put({ key: "b" });
  things.put({ key: "b", size: 1 });
  things.remove("b");
  const after = text.chunks();
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBe(before[1]);
});

test("a removal without a look makes anew only the chunks in which the record had a series", () => {
  const things = thingsOf({ key: "a", size: 1 }, { key: "b" });
  const text = familyText(things, families, labels);
  const before = text.chunks();
  things.remove("b");
  const after = text.chunks();
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).toBe(before[1]);
});

test("while nobody looks, no more is kept than there are records", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const kept = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const things = thingsOf();
  const text = familyText(things, families, labels);
  const comeAndGo = (look: boolean): void => {
    for (let round = 0; round < 3; round += 1) {
      // Long ones, which would be seen to stay as keys, as records or as text.
      const keys = Array.from({ length: 500 }, (_, at) => Buffer.alloc(10_000, `${round} ${at},`).toString());
      for (const key of keys) things.put({ key, size: 2 });
      if (look) text.chunks();
      for (const key of keys) things.put({ key, size: 1 });
      for (const key of keys) things.remove(key);
    }
  };
  const before = kept();
  comeAndGo(true);
  comeAndGo(false);
  expect(kept() - before).toBeLessThan(5e6);
  expect(read(text)[0]).toBe(head);
});
