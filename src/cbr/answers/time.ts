import { type Micros, micros } from "../../base/micros.ts";

const shape = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads a time of the API: `2019-05-23T14:31:36.007230` (no zone is UTC, whatever the machine's zone),
 * `…36Z`, `…36.007+00:00`, with a blank for the `T`, with no fraction or one to nine digits; what is finer than a
 * microsecond is cut off.
 * `Date.parse` would read a time without zone as local.
 *
 * @returns undefined for anything else, for a date that the calendar lacks, and for one too far away to be held exactly
 */
export function parseTime(text: string): Micros | undefined {
  const match = shape.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetMinutes(match[8]);
  if (offset === undefined) return undefined;
  const date = new Date(0);
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const midnight = date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const millis = midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  const value = millis * 1000 + Number((match[7] ?? "").padEnd(6, "0").slice(0, 6));
  return Number.isSafeInteger(value) ? micros(value) : undefined;
}

/** @returns minutes east of UTC */
function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (60 * hours + minutes);
}
