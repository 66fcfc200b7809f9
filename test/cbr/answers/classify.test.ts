import { expect, test } from "vitest";
import { describeStatus, reasonOfStatus } from "../../../src/cbr/answers/classify.ts";
import { isRetryable } from "../../../src/cbr/api-error.ts";
import { failureReasons } from "../../../src/tasks/failure-reason.ts";

test.each([
  [404, "BackupService.6500", "not_found"],
  [404, "BackupService.6501", "not_found"],
  [404, "APIGW.0101", "client_error"],
  [404, "APIG.0101", "client_error"],
  [404, "XBackupService.6500", "client_error"],
  [404, undefined, "client_error"],
  [401, "APIGW.0301", "unauthorized"],
  [401, undefined, "unauthorized"],
  [403, "BackupService.8600", "forbidden"],
  [403, "BackupService.6500", "forbidden"],
  [403, undefined, "forbidden"],
  [429, "APIGW.0308", "throttled"],
  [400, "BackupService.6500", "client_error"],
  [409, undefined, "client_error"],
  [494, "APIGW.0201", "client_error"],
  [500, undefined, "server_error"],
  [502, "APIGW.0610", "server_error"],
  [503, "APIGW.0613", "server_error"],
  [504, undefined, "server_error"],
  [599, undefined, "server_error"],
  [201, undefined, "bad_body"],
  [202, undefined, "bad_body"],
  [204, undefined, "bad_body"],
  [299, undefined, "bad_body"],
  [300, undefined, "client_error"],
  [301, undefined, "client_error"],
  [302, undefined, "client_error"],
  [304, undefined, "client_error"],
  [307, undefined, "client_error"],
] as const)("%i %s is %s", (status, code, reason) => {
  expect(reasonOfStatus(status, code === undefined ? {} : { code })).toBe(reason);
});

test("tried again is what may be better the next time", () => {
  expect(failureReasons.filter(isRetryable)).toEqual(["throttled", "server_error", "timeout", "network"]);
});

test.each([
  [
    "a task that is not there",
    404,
    { code: "BackupService.6500", message: "Operation log does not exist." },
    "not_found",
    "the task does not exist (BackupService.6500: Operation log does not exist.); check its id and project",
  ],
  [
    "another 404",
    404,
    {},
    "client_error",
    "HTTP 404: there is no such API there; check the endpoint and the project's id",
  ],
  [
    "a token",
    401,
    { code: "APIGW.0301" },
    "unauthorized",
    "HTTP 401 (APIGW.0301): the login is not accepted; renew it, and check that it belongs to this project and region",
  ],
  ["a right", 403, {}, "forbidden", "HTTP 403: the user lacks a right; cbr:tasks:get is needed"],
  ["a throttle", 429, {}, "throttled", "HTTP 429: too many requests; lower rate_limit, or poll less often"],
  ["a redirect", 302, {}, "client_error", "HTTP 302: redirects are not followed; check the endpoint"],
  [
    "an answer that is none",
    204,
    {},
    "bad_body",
    "HTTP 204: the API never answers so; check the endpoint, and what stands before it",
  ],
  [
    "a bad request that the API did not answer",
    400,
    {},
    "client_error",
    "HTTP 400: something before the API answers; perhaps it wants a client certificate (tls_config), or shorter headers (a token can take 16 KiB and more)",
  ],
  ["a bad request", 400, { code: "BackupService.6008" }, "client_error", "HTTP 400 (BackupService.6008)"],
  [
    "headers that are too long",
    431,
    {},
    "client_error",
    "HTTP 431: the headers are too long for what stands before the API; a token can take 16 KiB and more",
  ],
  ["words alone", 500, { message: "Backend timeout." }, "server_error", "HTTP 500 (Backend timeout.)"],
  ["nothing to add", 418, {}, "client_error", "HTTP 418"],
] as const)("the line about %s says what to check", (_, status, body, reason, line) => {
  expect(describeStatus("ShowOpLog", status, body, reason)).toBe(line);
});

test.each([
  ["ListOpLogs", 403, "the user lacks a right; cbr:tasks:list is needed"],
  [
    "KeystoneCreateToken",
    401,
    "IAM does not accept the user for this project; check user_name, domain_name, the password, and the project's id or region",
  ],
  ["KeystoneCreateToken", 404, "there is no IAM there; check iam_endpoint"],
  ["KeystoneCreateToken", 429, "too many requests; lower rate_limit, or poll less often"],
  [
    "KeystoneListProjects",
    403,
    "IAM does not let this user look up projects; give the project's id in the configuration",
  ],
] as const)("the line about %s says what a %i means there", (operation, status, hint) => {
  expect(describeStatus(operation, status, {}, reasonOfStatus(status, {}))).toBe(`HTTP ${status}: ${hint}`);
});

test.each([
  ["KeystoneCreateToken", 403, "check its access mode"],
  ["KeystoneListProjects", 404, "check iam_endpoint"],
] as const)("%s, %d: what to do", (operation, status, hint) =>
  expect(describeStatus(operation, status, {}, "client_error")).toContain(hint),
);
