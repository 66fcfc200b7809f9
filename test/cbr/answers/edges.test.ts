import { expect, test } from "vitest";
import { fromMillis } from "../../../src/base/micros.ts";
import { describeStatus } from "../../../src/cbr/answers/classify.ts";
import { decodeShowOpLog } from "../../../src/cbr/answers/operation-log.ts";
import { redact } from "../../../src/cbr/answers/redact.ts";
import { parseTime } from "../../../src/cbr/answers/time.ts";

test.each([
  ["a cookie", "Cookie: session=abc", "Cookie: <redacted>"],
  ["a key in one word", "apikey=xyz", "apikey=<redacted>"],
  ["a key in two words", "api_key=xyz", "api_key=<redacted>"],
  ["a quote that does not end", "secret='abc", "secret=<redacted>"],
  ["one long word of a sentence stays", "Internationalizations failed", "Internationalizations failed"],
])("redact: %s", (_, text, clean) => expect(redact(text)).toBe(clean));

test("redact: only the character at the cut is taken out", () => {
  expect(redact(`\u{1F600}${" a".repeat(200)}`)).toMatch(/^\u{1F600} a a .*…$/u);
});

test.each([
  ["2019-05-23T23:59:00+23:59", "2019-05-23T00:00:00"],
  ["2019-05-23T00:00:00-23:59", "2019-05-23T23:59:00"],
])("parseTime: the largest offset, %s", (text, utc) => expect(parseTime(text)).toBe(parseTime(utc)));

test.each(["12 ", " 12", "12x"])("a count must be digits alone: %j", (total_count) => {
  const operation_log = { id: "a", status: "running", extra_info: { remove_resources: { total_count } } };
  const decoded = decodeShowOpLog({ operation_log }, "a", fromMillis(0));
  expect(JSON.stringify(decoded)).toContain('"extra_info.remove_resources.total_count"');
});

test.each([
  ["KeystoneCreateToken", 403, "check its access mode"],
  ["KeystoneListProjects", 404, "check iam_endpoint"],
] as const)("%s, %d: what to do", (operation, status, hint) =>
  expect(describeStatus(operation, status, {}, "client_error")).toContain(hint),
);
