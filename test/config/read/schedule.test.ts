import { expect, test } from "vitest";
import { scheduleFault } from "../../../src/config/read/schedule.ts";

test.each([
  "* * * * *",
  "*/30 * * * * *",
  "0 22-23,0-6 * * mon-fri",
  "0 0 L * *",
  "0 0 29 2 *",
  "  5 4 * * 7 ",
  "0 0 * jan 5-7",
  "* * * * 6-0",
])("%s is a schedule", (text) => expect(scheduleFault(text)).toBeUndefined());

test.each([
  ["", "it must have five or six fields"],
  ["* * * * * * *", "it must have five or six fields"],
  [`${"1,".repeat(200)}1 * * * *`, "it must have five or six fields"],
  ["60 * * * *", "minute must be 0-59"],
  ["60 * * * * *", "second must be 0-59"],
  ["0-999999999 * * * *", "minute must be 0-59"],
  ["* 24 0 13 8", "hour must be 0-23, day of month must be 1-31, month must be 1-12, day of week must be 0-7"],
  ["* 6-5 * * *", "hour has a range that runs backwards"],
  ["*/0 * * * *", "the step of minute must be 1-60"],
  ["* * * * mo", "day of week must be 0-7"],
  ["0 0 30 feb *", "this month never has that day"],
  ["0 0 31W 2 *", "it never comes due"],
  ["0 0 29 2 1#1", "it never comes due"],
  ["0 0 L * 1#1", "it never comes due"],
  ["ä * * * *", "it holds characters that have no meaning there"],
])("%s is none", (text, fault) => expect(scheduleFault(text)).toBe(fault));
