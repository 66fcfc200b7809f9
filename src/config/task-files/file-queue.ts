import { readFile } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";

/** A question to the file system. */
export interface Asked<T> {
  /** When it was asked for, by the monotonic clock, in milliseconds. */
  readonly since: number;
  /** Never settles while the file system hangs. */
  readonly answer: Promise<T>;
  /** Settles once the queue goes on to the next: this one is answered, or left behind. */
  readonly passed: Promise<void>;
  isAnswered(): boolean;
}

/**
 * Asks the file system one question at a time. Node has four threads for files, gzip and DNS together, and a question
 * to a mount that hangs keeps one for ever: such a question is left behind after a second, and not asked again while it
 * is unanswered. Once two are left behind, nothing else on their mounts is asked. With the question under way that makes
 * three threads at the most, whatever hangs.
 */
export interface FileQueue {
  /**
   * @param key what is asked; while the same is unanswered, that question is returned
   * @param folder where the question leads to
   */
  ask<T>(key: string, folder: string, question: () => Promise<T>): Asked<T>;
  /** Whether a thread waits for a file system that hangs: then Node cannot exit by itself. */
  isStuck(): boolean;
}

export interface FileQueueOptions {
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** The mount points of the machine. */
  readonly mountPoints?: () => Promise<readonly string[]>;
}

/** Milliseconds; a disk that wakes up may take longer, and is then waited for beside the others. */
const patienceMs = 1_000;
const maxLeftBehind = 2;

interface Question extends Asked<unknown> {
  readonly folder: string;
  start(): void;
  pass(): void;
}

export function createFileQueue({ clock, mountPoints = readMountPoints }: FileQueueOptions): FileQueue {
  const open = new Map<string, Question>();
  const waiting = new Set<Question>();
  /** With the folder that is likely to hang with it. */
  const leftBehind = new Map<Question, string>();
  let current: Question | undefined;

  function isBarred({ folder }: Question): boolean {
    if (leftBehind.size < maxLeftBehind) return false;
    return leftBehind.size > maxLeftBehind || [...leftBehind.values()].some((hanging) => isBelow(folder, hanging));
  }

  function next(): void {
    if (current) return;
    for (const question of waiting) {
      if (isBarred(question)) {
        question.pass();
        continue;
      }
      waiting.delete(question);
      current = question;
      const cancel = clock.after(patienceMs, () => void leaveBehind(question));
      const goOn = (): void => {
        cancel();
        leftBehind.delete(question);
        if (current === question) current = undefined;
        question.pass();
        next();
      };
      question.answer.then(goOn, goOn);
      question.start();
      return;
    }
  }

  async function leaveBehind(question: Question): Promise<void> {
    leftBehind.set(question, question.folder);
    const mount = mountOf(question.folder, await mountPoints());
    if (leftBehind.has(question) && mount !== undefined) leftBehind.set(question, mount);
    if (current === question) current = undefined;
    question.pass();
    next();
  }

  return {
    ask<T>(key: string, folder: string, question: () => Promise<T>): Asked<T> {
      const known = open.get(key);
      if (known) return known as Asked<T>;
      const [answer, settle] = openPromise<T>();
      const [passed, pass] = openPromise<void>();
      const start = (): void => settle(question());
      const isAnswered = (): boolean => open.get(key) !== asked;
      const asked = { since: clock.monotonic(), folder, answer, passed, isAnswered, start, pass };
      open.set(key, asked);
      const close = (): void => void open.delete(key);
      answer.then(close, close);
      waiting.add(asked);
      next();
      return asked;
    },
    isStuck: () => leftBehind.size > 0,
  };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The mount that a folder is on; undefined for the root's, which holds too much. */
function mountOf(folder: string, mountPoints: readonly string[]): string | undefined {
  const own = mountPoints.filter((point) => point !== "/" && isBelow(folder, point));
  return own.sort((a, b) => b.length - a.length)[0];
}

/** Linux alone tells them; reading this file never hangs. */
async function readMountPoints(): Promise<readonly string[]> {
  const text = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const point = line.split(" ")[4];
    // Spaces and the like are written as \040.
    return point === undefined
      ? []
      : [point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))];
  });
}

/** A promise, and what settles it. */
function openPromise<T>(): readonly [Promise<T>, (value: T | Promise<T>) => void] {
  let settle: (value: T | Promise<T>) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return [promise, settle];
}
