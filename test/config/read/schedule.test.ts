import { describe, expect, test } from "vitest";
import { bothDaysNotice, scheduleFault, scheduleWarnings } from "../../../src/config/read/schedule.ts";
import { newYear } from "../../support/manual-clock.ts";

test.each([
  "* * * * *",
  "*/30 * * * * *",
  "0 22-23,0-6 * * mon-fri",
  "0 0 L * *",
  "0 0 29 2 *",
  "  5 4 * * 7 ",
  "0 0 * jan 5-7",
  "* * * * 6-0",
  "0 5-5 */31 */12 *",
  "0  */60 */1 * * *",
])("%s is a schedule", (text) => expect(scheduleFault(text)).toBeUndefined());

test.each([
  ["", "it must have five or six fields"],
  ["* * * * * * *", "it must have five or six fields"],
  [`${"1,".repeat(200)}1 * * * *`, "it must have five or six fields"],
  ["60 * * * *", "minute must be 0-59"],
  ["60 * * * * *", "second must be 0-59"],
  // Not as a range: that would be spelled out in memory.
  ["999999999-0 * * * *", "minute must be 0-59"],
  ["* 24 0 13 8", "hour must be 0-23, day of month must be 1-31, month must be 1-12, day of week must be 0-7"],
  ["* 12-5 * * *", "hour has a range that runs backwards"],
  ["*/0 * * * *", "the step of minute must be 1-60"],
  ["0 0 */32 * *", "the step of day of month must be 1-31"],
  ["* * * * mo", "day of week must be 0-7"],
  ["0 0 30 feb *", "this month never has that day"],
  ["0 0 31W 2 *", "it never comes due"],
  ["0 0 29 2 1#1", "it never comes due"],
  ["0 0 L * 1#1", "it never comes due"],
  ["ä * * * *", "it holds characters that have no meaning there"],
])("%s is none", (text, fault) => expect(scheduleFault(text)).toBe(fault));

describe("warnings", () => {
  // A Thursday.
  const warningsOf = (schedule: string, tasks = 1, timezone = "UTC") =>
    scheduleWarnings({ schedule, timezone, tasks, rateLimit: 5, now: newYear });

  test.each([
    [150, "*/30 * * * * *", undefined],
    [151, "*/30 * * * * *", 150],
    // The gap between 5 and 6, not that of most ticks.
    [300, "5,6 * * * *", undefined],
    [301, "5,6 * * * *", 300],
    // 59 and 0, after nineteen others.
    [5, "0-57/3,59 * * * * *", undefined],
    [6, "0-57/3,59 * * * * *", 5],
  ])("%d tasks at %s", (tasks, schedule, allowed) => {
    const warning = `${tasks} tasks cannot be kept up with: rate_limit allows ${allowed} requests between two ticks; raise rate_limit or make the schedule slower`;
    expect(warningsOf(schedule, tasks)).toEqual(allowed === undefined ? [] : [warning]);
  });

  test.each([
    ["0 0 * * 4", "UTC", undefined],
    ["1 0 * * 4", "UTC", undefined],
    ["0 0 8 * *", "UTC", undefined],
    ["1 0 8 * *", "UTC", "2026-01-08T00:01:00Z"],
    ["59 59 23 31 12 *", "UTC", "2026-12-31T23:59:59Z"],
    ["0 12 13 * 5", "UTC", "2026-02-13T12:00:00Z"],
    ["0 7 8 * *", "Asia/Shanghai", undefined],
    ["1 8 8 * *", "Asia/Shanghai", "2026-01-08T00:01:00Z"],
  ])("the next tick of %s (%s) is not more than 7 days away, or named: %s", (schedule, timezone, tick) => {
    const warning = `the next tick is more than 7 days away: ${tick}`;
    expect(warningsOf(schedule, 1, timezone)).toEqual(tick === undefined ? [] : [warning]);
  });
});

test.each([
  ["0 12 13 * 5", true],
  ["0 12 1-7 * mon", true],
  ["0 0 12 L * 5-6", true],
  [" 0 12 13 * 5 ", true],
  ["0 12 1,* * 5", true],
  ["0 12 13 * *", false],
  ["0 12 * * 5", false],
  ["0 12 ? * 5", false],
  ["0 12 13 * ?", false],
  // As cron(8) has it.
  ["0 12 */2 * 5", false],
  ["0 12 13 * */2", false],
])("%s: is it said that both days must fit? %s", (schedule, isSaid) => {
  const notice = "day of month and day of week must both fit, unlike in cron(8), where one of them is enough";
  expect(bothDaysNotice(schedule)).toBe(isSaid ? notice : undefined);
});
