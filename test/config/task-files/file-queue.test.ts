import { describe, expect, test } from "vitest";
import { createFileQueue } from "../../../src/config/task-files/file-queue.ts";
import { filesSettled } from "../../support/file-reads.ts";
import { manualClock, newYear, settled } from "../../support/manual-clock.ts";

/** A queue whose questions hang until they are answered by hand. */
function setUp(mounts: readonly string[] | "the machine's" = ["/"]) {
  const clock = manualClock(newYear, filesSettled);
  const queue = createFileQueue({ clock, ...(mounts !== "the machine's" && { mountPoints: async () => mounts }) });
  const underWay = new Map<string, (answer: string | Error) => void>();
  const asked: string[] = [];
  const ask = (path: string) =>
    queue.ask(path, path.slice(0, path.lastIndexOf("/")), () => {
      asked.push(path);
      return new Promise<string>((resolve, reject) => {
        underWay.set(path, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      });
    });
  return {
    clock,
    queue,
    ask,
    asked,
    underWay: () => [...underWay.keys()],
    answer: async (path: string, answer: string | Error = "well") => {
      underWay.get(path)?.(answer);
      underWay.delete(path);
      await settled();
    },
  };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let result = false;
  void promise.then(() => {
    result = true;
  });
  await settled();
  return result;
}

test("one question at a time, in their order", async () => {
  const { ask, underWay, answer, asked } = setUp();
  const [a, b] = [ask("/x/a"), ask("/x/b"), ask("/x/c")];
  expect(underWay()).toEqual(["/x/a"]);
  await answer("/x/a", "A");
  expect(await a?.answer).toBe("A");
  expect(underWay()).toEqual(["/x/b"]);
  // One that fails keeps nothing from being asked.
  await answer("/x/b", new Error("no"));
  await expect(b?.answer).rejects.toThrow("no");
  await answer("/x/c");
  expect(asked).toEqual(["/x/a", "/x/b", "/x/c"]);
});

test("the same is asked once while it is unanswered, and anew after that", async () => {
  const { ask, answer, asked } = setUp();
  const first = ask("/x/a");
  expect(ask("/x/a")).toBe(first);
  expect(first.isAnswered()).toBe(false);
  await answer("/x/a");
  expect(first.isAnswered()).toBe(true);
  ask("/x/a");
  expect(asked).toEqual(["/x/a", "/x/a"]);
});

describe("a question that hangs", () => {
  test("is left behind after a second, and still has its answer", async () => {
    const { clock, queue, ask, answer, underWay } = setUp();
    const [a, b] = [ask("/x/a"), ask("/y/b")];
    await clock.advance(999);
    expect([await isSettled(a.passed), underWay(), queue.isStuck()]).toEqual([false, ["/x/a"], false]);
    await clock.advance(1);
    expect([await isSettled(a.passed), underWay(), queue.isStuck()]).toEqual([true, ["/x/a", "/y/b"], true]);
    expect(ask("/x/a")).toBe(a);
    await answer("/y/b");
    expect(await isSettled(b.passed)).toBe(true);
    await answer("/x/a", "late");
    expect([await a.answer, queue.isStuck(), clock.pending()]).toEqual(["late", false, 0]);
  });

  test.each([
    ["its folder, where that is on the root's mount", ["/"], ["/x/a", "/x/b"], ["/x/c", "/x/d/e"], ["/y/a", "/xx/a"]],
    ["its mount", ["/", "/m", "/m/n"], ["/m/1/a", "/m/2/b"], ["/m/3/c", "/m/n/d"], ["/mm/a", "/y/a"]],
    ["the mount within a mount", ["/", "/m", "/m/n"], ["/m/n/1/a", "/m/n/2/b"], ["/m/n/c"], ["/m/1/a", "/y/a"]],
    ["its mount, as Linux tells it", "the machine's" as const, ["/proc/1/a", "/proc/2/b"], ["/proc/3/c"], ["/y/a"]],
  ])("and another: then nothing of %s is asked", async (_, mounts, hang, barred, others) => {
    const { clock, ask, answer, asked } = setUp(mounts);
    for (const path of hang) ask(path);
    await clock.advance(2_000);
    const notAsked = barred.map(ask);
    for (const path of others) {
      const other = ask(path);
      await answer(path);
      expect(await isSettled(other.answer)).toBe(true);
    }
    expect(asked).toEqual([...hang, ...others]);
    // Nobody waits for them, until one of those that hang answers.
    for (const { passed } of notAsked) expect(await isSettled(passed)).toBe(true);
    await answer(hang[0] ?? "");
    for (const path of barred) await answer(path);
    for (const question of notAsked) expect(await question.answer).toBe("well");
  });

  test("never takes more than three of Node's four threads", async () => {
    const { clock, ask, underWay, answer } = setUp();
    const all = Array.from({ length: 10 }, (_, index) => ask(`/${index}/a`));
    await clock.advance(60_000);
    expect(underWay()).toEqual(["/0/a", "/1/a", "/2/a"]);
    for (const { passed } of all) expect(await isSettled(passed)).toBe(true);
    await answer("/1/a");
    expect(underWay()).toEqual(["/0/a", "/2/a", "/3/a"]);
  });
});
