import type { Clock } from "../base/clock.ts";
import type { MaybePromise } from "../base/maybe-promise.ts";
import { createTimeSlices, type TimeSlices } from "../base/time-slices.ts";
import type { FamilyText, Form } from "./family-text.ts";
import { compress, type Deflate, type DeflatedRow, inRow, smallBytes } from "./gzip.ts";

/** The text of several sources, as it is at the moment it is asked for; at once when that is what it was the last time. */
export interface TextForms {
  /** In chunks that are shared between scrapes. */
  texts(): MaybePromise<Wholes["text"]>;
  /** As a part of a gzip member. */
  deflated(): MaybePromise<Wholes["deflated"]>;
}

/** All of the text in each form. */
interface Wholes {
  text: readonly Uint8Array[];
  deflated: DeflatedRow;
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
  /** As the last look left it. */
  const known: Partial<Wholes> = {};
  let looking: Promise<unknown> = Promise.resolve();
  let looks = 0;
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

  /** Lets go of the other form when nobody asks for it any more. */
  function setAskedFor(form: Form): void {
    askedAt[form] = clock.monotonic();
    const other: Form = form === "text" ? "deflated" : "text";
    if (askedAt[other] === Number.NEGATIVE_INFINITY || isAskedFor(other)) return;
    askedAt[other] = Number.NEGATIVE_INFINITY;
    delete known[other];
    for (const source of sources) source.drop(other);
  }

  /** Of what has changed since. */
  async function look<F extends Form>(form: F, gather: () => Wholes[F]): Promise<Wholes[F]> {
    setAskedFor(form);
    releases = sources.map((source) => source.hold());
    try {
      await write(form);
      const whole = gather();
      known[form] = whole;
      return whole;
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

  async function ended(look: Promise<unknown>): Promise<void> {
    await look.catch(() => {});
    await takeOverAll();
    looks -= 1;
  }

  /** One look after the other, none while nothing has changed; all that ask before the next begins share it. */
  function shared<F extends Form>(form: F, gather: () => Wholes[F]): () => MaybePromise<Wholes[F]> {
    let next: Promise<Wholes[F]> | undefined;
    return () => {
      if (next !== undefined) return next;
      if (looks === 0 && known[form] && sources.every((source) => source.isWhole(form))) {
        setAskedFor(form);
        return known[form];
      }
      next = looking.then(() => {
        next = undefined;
        return look(form, gather);
      });
      looks += 1;
      looking = ended(next);
      return next;
    };
  }

  return {
    texts: shared("text", () => sources.flatMap((source) => source.texts())),
    deflated: shared("deflated", () => inRow(sources.flatMap((source) => source.deflated()))),
  };
}
