import type { Clock } from "../base/clock.ts";
import { type MaybePromise, madeOnce, whenThere } from "../base/maybe-promise.ts";
import { compress, type Deflate, type DeflatedRow, inRow } from "./gzip.ts";
import type { Format } from "./text.ts";
import type { ScrapeObserver } from "./text-forms.ts";

/** Text that is made anew as a whole, as it was within the last second. */
export interface RestText {
  /** The same object as long as it is not made anew. */
  text(format: Format): MaybePromise<Uint8Array>;
  /** The same. */
  deflated(format: Format): MaybePromise<DeflatedRow>;
}

/** Collecting prom-client's defaults costs more than serving 10 000 tasks; a scrape needs them no fresher. */
const ageMs = 1000;

export interface RestTextOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly observer?: ScrapeObserver | undefined;
  readonly deflate?: Deflate | undefined;
}

type Rest = (format: Format) => { readonly text: Uint8Array; readonly deflated: () => MaybePromise<DeflatedRow> };

/** Those who ask together share one collection. @param collect gives what is then written in the formats asked for */
export function createRestText(
  collect: () => Promise<(format: Format) => string>,
  { clock, observer, deflate }: RestTextOptions,
): RestText {
  let collected: (() => MaybePromise<Rest>) | undefined;
  let collectedAt = Number.NEGATIVE_INFINITY;

  async function collectRest(): Promise<Rest> {
    const write = await collect();
    const written: Partial<Record<Format, ReturnType<Rest>>> = {};
    return (format) => {
      written[format] ??= formsOf(Buffer.from(write(format)));
      return written[format];
    };
  }

  function formsOf(text: Uint8Array): ReturnType<Rest> {
    const deflated = madeOnce(async () => {
      observer?.compressed(text.byteLength);
      return inRow([await compress(text, deflate)]);
    });
    return { text, deflated };
  }

  function rest(): MaybePromise<Rest> {
    if (!collected || clock.monotonic() - collectedAt >= ageMs) {
      collectedAt = clock.monotonic();
      collected = madeOnce(collectRest);
    }
    return collected();
  }

  return {
    text: (format) => whenThere(rest(), (known) => known(format).text),
    deflated: (format) => whenThere(rest(), (known) => known(format).deflated()),
  };
}
