declare const unit: unique symbol;

/**
 * A moment or a span in whole microseconds (moments: since 1970-01-01T00:00:00Z).
 * Whole numbers, because subtracting floats of seconds loses digits; a double holds them exactly until the year 2255.
 */
export type Micros = number & { readonly [unit]: "µs" };

/** Marks a whole number of microseconds as such. */
export function micros(value: number): Micros {
  return value as Micros;
}

/** @returns milliseconds as microseconds, rounded to a whole number */
export function fromMillis(value: number): Micros {
  return micros(Math.round(value * 1000));
}

/** @returns microseconds as milliseconds, with a fraction */
export function toMillis(value: Micros): number {
  return value / 1000;
}

/** The difference of two moments. */
export function since(start: Micros, end: Micros): Micros {
  return micros(end - start);
}

/** `moment` moved by `span`. */
export function later(moment: Micros, span: Micros): Micros {
  return micros(moment + span);
}
