import { defined } from "../../base/json.ts";
import { type Pattern, weekdays } from "../../estate/policies.ts";

/** 24 of these are the most that a policy may have; a documented one has at most 70 characters. */
const longestPattern = 200;

const known = new Set(["FREQ", "INTERVAL", "BYDAY", "BYHOUR", "BYMINUTE"]);
const knownDays = new Set<string>(weekdays);

/**
 * Reads one pattern of a policy: `FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00` or
 * `FREQ=DAILY;INTERVAL=3;BYHOUR=6;BYMINUTE=00`. An iCalendar rule can say far more, at times what never comes; only what
 * the vendor documents is read, and no more than one hour and one minute.
 *
 * @returns undefined for any other, of which no time is known then
 */
export function parsePattern(text: string): Pattern | undefined {
  if (text.length > longestPattern) return undefined;
  const fields = new Map<string, string>();
  for (const part of text.toUpperCase().split(";")) {
    const [, name = "", value = ""] = /^([A-Z]+)=([^=]+)$/.exec(part) ?? [];
    if (!known.has(name) || fields.has(name)) return undefined;
    fields.set(name, value);
  }
  const hour = numberOf(fields.get("BYHOUR"), 0, 23);
  const minute = numberOf(fields.get("BYMINUTE"), 0, 59);
  const everyDays = numberOf(fields.get("INTERVAL") ?? "1", 1, 30);
  const days = fields.get("BYDAY")?.split(",");
  if (hour === undefined || minute === undefined || everyDays === undefined) return undefined;
  if (days && !(everyDays === 1 && days.every((day) => knownDays.has(day)))) return undefined;
  // Without days a week's day, and with an interval a week's first day, would be open.
  const isUnderstood = fields.get("FREQ") === "DAILY" || (fields.get("FREQ") === "WEEKLY" && days);
  if (!isUnderstood) return undefined;
  return defined({
    hour,
    minute,
    everyDays,
    weekdays: days && Object.freeze(weekdays.filter((day) => days.includes(day))),
  });
}

function numberOf(text = "", least: number, most: number): number | undefined {
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}
