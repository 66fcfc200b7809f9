import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePattern } from "../../../src/cbr/answers/pattern.ts";
import type { Pattern } from "../../../src/estate/policies.ts";

test.each<[string, Pattern]>([
  ["FREQ=DAILY;INTERVAL=1;BYHOUR=18;BYMINUTE=00", { hour: 18, minute: 0, everyDays: 1 }],
  ["FREQ=DAILY;INTERVAL=3;BYHOUR=1;BYMINUTE=30", { hour: 1, minute: 30, everyDays: 3 }],
  ["FREQ=DAILY;BYHOUR=0;BYMINUTE=0", { hour: 0, minute: 0, everyDays: 1 }],
  ["FREQ=DAILY;INTERVAL=30;BYHOUR=23;BYMINUTE=59", { hour: 23, minute: 59, everyDays: 30 }],
  ["FREQ=DAILY;BYDAY=SU;BYHOUR=05;BYMINUTE=5", { hour: 5, minute: 5, everyDays: 1, weekdays: ["SU"] }],
  ["FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00", { hour: 14, minute: 0, everyDays: 1, weekdays: ["MO", "TU"] }],
  // In the order of the week, once each.
  [
    "BYMINUTE=1;BYHOUR=2;BYDAY=SU,FR,SU,MO;INTERVAL=1;FREQ=WEEKLY",
    { hour: 2, minute: 1, everyDays: 1, weekdays: ["MO", "FR", "SU"] },
  ],
  // 200 characters.
  [
    `FREQ=WEEKLY;BYHOUR=01;BYMINUTE=0;BYDAY=${"MO,".repeat(53)}MO`,
    { hour: 1, minute: 0, everyDays: 1, weekdays: ["MO"] },
  ],
  ["freq=weekly;byday=mo;byhour=7;byminute=9", { hour: 7, minute: 9, everyDays: 1, weekdays: ["MO"] }],
])("%s", (text, pattern) => {
  const read = parsePattern(text);
  expect(read).toEqual(pattern);
  expect(Object.isFrozen(read)).toBe(true);
});

describe("is not read", () => {
  test.each([
    ["nothing", ""],
    ["no rule", "every night"],
    ["a rule by its name", "RRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0"],
    ["another frequency", "FREQ=HOURLY;BYHOUR=1;BYMINUTE=0"],
    ["no frequency", "BYHOUR=1;BYMINUTE=0;BYDAY=MO"],
    ["a week without a day", "FREQ=WEEKLY;BYHOUR=1;BYMINUTE=0"],
    ["every second week", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=1;BYMINUTE=0"],
    ["every seventh day, where it is a Monday", "FREQ=DAILY;INTERVAL=7;BYDAY=MO;BYHOUR=1;BYMINUTE=0"],
    ["no hour", "FREQ=DAILY;BYMINUTE=0"],
    ["no minute", "FREQ=DAILY;BYHOUR=1"],
    ["hour 24", "FREQ=DAILY;BYHOUR=24;BYMINUTE=0"],
    ["minute 60", "FREQ=DAILY;BYHOUR=1;BYMINUTE=60"],
    ["two hours", "FREQ=DAILY;BYHOUR=1,13;BYMINUTE=0"],
    ["three digits", "FREQ=DAILY;BYHOUR=001;BYMINUTE=0"],
    ["a sign", "FREQ=DAILY;BYHOUR=-1;BYMINUTE=0"],
    ["an empty hour", "FREQ=DAILY;BYHOUR=;BYMINUTE=0"],
    ["interval 0", "FREQ=DAILY;INTERVAL=0;BYHOUR=1;BYMINUTE=0"],
    ["interval 31", "FREQ=DAILY;INTERVAL=31;BYHOUR=1;BYMINUTE=0"],
    ["no interval that is one", "FREQ=DAILY;INTERVAL=;BYHOUR=1;BYMINUTE=0"],
    ["a day of the month", "FREQ=WEEKLY;BYDAY=1MO;BYHOUR=1;BYMINUTE=0"],
    ["an unknown day", "FREQ=WEEKLY;BYDAY=MO,XX;BYHOUR=1;BYMINUTE=0"],
    ["no day at all", "FREQ=WEEKLY;BYDAY=;BYHOUR=1;BYMINUTE=0"],
    ["a field twice", "FREQ=DAILY;BYHOUR=1;BYHOUR=2;BYMINUTE=0"],
    ["a field of iCalendar that is not documented", "FREQ=DAILY;COUNT=3;BYHOUR=1;BYMINUTE=0"],
    ["a field that no object has of its own", "FREQ=DAILY;__PROTO__=1;BYHOUR=1;BYMINUTE=0"],
    ["a semicolon at its end", "FREQ=DAILY;BYHOUR=1;BYMINUTE=0;"],
    ["blanks", "FREQ=DAILY; BYHOUR=1; BYMINUTE=0"],
    ["a field without a value", "FREQ=DAILY;INTERVAL;BYHOUR=1;BYMINUTE=0"],
    ["a value of two parts", "FREQ=DAILY;BYHOUR=1=2;BYMINUTE=0"],
    ["more than 200 characters", `FREQ=WEEKLY;BYHOUR=01;BYMINUTE=00;BYDAY=${"MO,".repeat(53)}MO`],
  ])("%s", (_, text) => expect(parsePattern(text)).toBeUndefined());
});

test("whatever the text is, it is read within bounds, or not at all", () => {
  const field = fc.stringMatching(
    /^(FREQ=(DAILY|WEEKLY|YEARLY)|INTERVAL=\d{1,3}|BYDAY=(MO|TU|SU)(,\w\w)?|BY(HOUR|MINUTE)=\d{1,2}|[A-Z]*=?\w*)$/,
  );
  const rule = fc.array(field, { maxLength: 6 }).map((fields) => fields.join(";"));
  fc.assert(
    fc.property(fc.oneof(fc.string(), rule), (text) => {
      const pattern = parsePattern(text);
      if (!pattern) return;
      const { hour, minute, everyDays, weekdays } = pattern;
      expect(hour).toBeOneOf(Array.from({ length: 24 }, (_, each) => each));
      expect(minute).toBeOneOf(Array.from({ length: 60 }, (_, each) => each));
      expect(everyDays >= 1 && everyDays <= 30).toBe(true);
      expect(weekdays?.length).not.toBe(0);
      if (weekdays) expect(everyDays).toBe(1);
    }),
  );
});
