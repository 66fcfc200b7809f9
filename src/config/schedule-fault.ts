import { validateDetailed } from "node-cron";
import { createCron } from "../base/cron.ts";
import { micros } from "../base/micros.ts";

interface Field {
  /** node-cron's name of it. */
  readonly key: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

const fields: readonly Field[] = [
  { key: "second", name: "second", min: 0, max: 59 },
  { key: "minute", name: "minute", min: 0, max: 59 },
  { key: "hour", name: "hour", min: 0, max: 23 },
  { key: "dayOfMonth", name: "day of month", min: 1, max: 31 },
  { key: "month", name: "month", min: 1, max: 12 },
  { key: "dayOfWeek", name: "day of week", min: 0, max: 7 },
];

/** What is wrong with a cron expression, without quoting it; undefined when nothing is. */
export function scheduleFault(text: string): string | undefined {
  const parts = text.trim().split(/\s+/);
  // node-cron knows @hourly and the like; the contract does not.
  if (parts.length < 5 || parts.length > 6 || parts.some((part) => part.length > 200)) {
    return "it must have five or six fields";
  }
  const faults = parts.flatMap((part, index) => fieldFault(fields[index + 6 - parts.length], part) ?? []);
  if (faults.length > 0) return faults.join(", ");
  for (const { field, message } of validateDetailed(text).errors) {
    const known = fields.find(({ key }) => key === field);
    if (!known) faults.push("it holds characters that have no meaning there");
    else if (message.includes("impossible")) faults.push("this month never has that day");
    else faults.push(rangeFault(known));
  }
  if (faults.length > 0) return faults.join(", ");
  return createCron(text, "UTC").next(micros(0)) === undefined ? "it never comes due" : undefined;
}

/** What node-cron would take for something else: it wraps `5-1` around, and reads a step of 90 minutes as an hour. */
function fieldFault(field: Field | undefined, part: string): string | undefined {
  if (!field) return undefined;
  const numbers = part.match(/\d+/g) ?? [];
  // Looked at first: a huge range would be spelled out in memory.
  if (numbers.some((digits) => digits.length > 2)) return rangeFault(field);
  for (const [, from, to] of part.matchAll(/(\d+)-(\d+)/g)) {
    if (field.key !== "dayOfWeek" && Number(from) > Number(to)) return `${field.name} has a range that runs backwards`;
  }
  for (const [, step] of part.matchAll(/\/(\d+)/g)) {
    const span = field.max - field.min + 1;
    if (Number(step) < 1 || Number(step) > span) return `the step of ${field.name} must be 1-${span}`;
  }
  return undefined;
}

function rangeFault({ name, min, max }: Field): string {
  return `${name} must be ${min}-${max}`;
}
