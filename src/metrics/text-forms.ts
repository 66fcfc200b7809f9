import type { Clock } from "../base/clock.ts";
import { createTimeSlices, type TimeSlices } from "../base/time-slices.ts";
import type { FamilyText, Form } from "./family-text.ts";
import { compress, type Deflate, type Deflated, smallBytes } from "./gzip.ts";

/** The text of several sources, as it is at the moment it is asked for. */
export interface TextForms {
  /** In chunks that are shared between scrapes. */
  texts(): Promise<readonly Uint8Array[]>;
  /** As parts of a gzip member. */
  deflated(): Promise<readonly Deflated[]>;
}

/** Is told what scrapes cost. */
export interface ScrapeObserver {
  /** A piece of text was written. */
  wrote(bytes: number): void;
  /** @param bytes of the text */
  compressed(bytes: number): void;
}

export interface TextFormsOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly observer?: ScrapeObserver | undefined;
  readonly deflate?: Deflate | undefined;
}

/** How long text is kept in a form that nobody has asked for: Prometheus asks every two minutes at least. */
const unaskedMs = 5 * 60_000;

/** Most texts are compressed at once and not kept: they need no memory of their own. */
const scratch = Buffer.allocUnsafeSlow(smallBytes);

function bytesOf(text: string, keeps: boolean): Uint8Array {
  if (keeps || Buffer.byteLength(text) > smallBytes) return Buffer.from(text);
  return scratch.subarray(0, scratch.write(text));
}

/**
 * Writes what has changed since it was last asked for, in slices between which polls and other requests have their turn,
 * while the text itself stands still. Whoever asks in the meantime shares the next look, so that nobody gets facts older
 * than his question.
 */
export function createTextForms(
  sources: readonly FamilyText[],
  { clock, observer, deflate }: TextFormsOptions,
): TextForms {
  const askedAt: Record<Form, number> = { text: Number.NEGATIVE_INFINITY, deflated: Number.NEGATIVE_INFINITY };
  let looking: Promise<unknown> = Promise.resolve();
  /** What ends the holds of the last look. */
  let releases: ReturnType<FamilyText["hold"]>[] = [];

  function isAskedFor(form: Form): boolean {
    return clock.monotonic() - askedAt[form] < unaskedMs;
  }

  async function write(form: Form): Promise<void> {
    const keeps = isAskedFor("text");
    const slices = createTimeSlices(clock);
    let compressing: Promise<void>[] = [];
    for (const source of sources) {
      for (const { piece, text: told } of source.missing(form)) {
        const text = typeof told === "string" ? bytesOf(told, keeps) : told;
        if (typeof told === "string") observer?.wrote(text.byteLength);
        if (keeps) piece.text = text;
        if (form === "deflated") {
          compressing.push(
            compress(text, deflate).then((deflated) => {
              piece.deflated = deflated;
              observer?.compressed(text.byteLength);
            }),
          );
        }
        if (!slices.isOver()) continue;
        await Promise.all(compressing);
        compressing = [];
        await slices.next();
      }
    }
    await Promise.all(compressing);
    for (const source of sources) for (const _ of source.join(form)) if (slices.isOver()) await slices.next();
  }

  /** Of what has changed since. */
  async function look<Part>(form: Form, parts: (source: FamilyText) => readonly Part[]): Promise<readonly Part[]> {
    askedAt[form] = clock.monotonic();
    const other: Form = form === "text" ? "deflated" : "text";
    if (askedAt[other] > Number.NEGATIVE_INFINITY && !isAskedFor(other)) {
      askedAt[other] = Number.NEGATIVE_INFINITY;
      for (const source of sources) source.drop(other);
    }
    releases = sources.map((source) => source.hold());
    try {
      await write(form);
      return sources.flatMap(parts);
    } finally {
      takeOver(createTimeSlices(clock));
    }
  }

  function takeOver({ isOver }: TimeSlices): void {
    releases = releases.filter((release) => !release(isOver));
  }

  /** A long look may have kept the changes of all tasks waiting. */
  async function takeOverAll(): Promise<void> {
    const slices = createTimeSlices(clock);
    while (releases.length > 0) {
      await slices.next();
      takeOver(slices);
    }
  }

  /** One look after the other; all that ask before the next begins share it. */
  function shared<Part>(form: Form, parts: (source: FamilyText) => readonly Part[]): () => Promise<readonly Part[]> {
    let next: Promise<readonly Part[]> | undefined;
    return () => {
      if (next) return next;
      next = looking.then(() => {
        next = undefined;
        return look(form, parts);
      });
      looking = next.catch(() => {}).then(takeOverAll);
      return next;
    };
  }

  return {
    texts: shared("text", (source) => source.texts()),
    deflated: shared("deflated", (source) => source.deflated()),
  };
}
