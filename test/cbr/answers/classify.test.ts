import { expect, test } from "vitest";
import { describeStatus, reasonOfStatus } from "../../../src/cbr/answers/classify.ts";
import type { ErrorBody } from "../../../src/cbr/answers/error-body.ts";
import { isRetryable } from "../../../src/cbr/api-error.ts";
import type { Operation } from "../../../src/cbr/operations.ts";
import { failureReasons } from "../../../src/tasks/failure-reason.ts";

test.each([
  [404, "BackupService.6500", "not_found"],
  [404, "BackupService.6501", "not_found"],
  [404, "APIGW.0101", "client_error"],
  [404, "APIG.0101", "client_error"],
  [404, "XBackupService.6500", "client_error"],
  [404, undefined, "client_error"],
  [401, undefined, "unauthorized"],
  [403, "BackupService.6500", "forbidden"],
  [403, undefined, "forbidden"],
  [429, "APIGW.0308", "throttled"],
  [400, "BackupService.6500", "client_error"],
  [409, undefined, "client_error"],
  [494, "APIGW.0201", "client_error"],
  [500, undefined, "server_error"],
  [599, undefined, "server_error"],
  [201, undefined, "bad_body"],
  [299, undefined, "bad_body"],
  [300, undefined, "client_error"],
] as const)("%i %s is %s", (status, code, reason) => {
  expect(reasonOfStatus(status, code === undefined ? {} : { code })).toBe(reason);
});

test("tried again is what may be better the next time", () => {
  expect(failureReasons.filter(isRetryable)).toEqual(["throttled", "server_error", "timeout", "network"]);
});

const notAccepted = "the login is not accepted; renew it, and check that it belongs to this project and region";
const tooMany = "too many requests; lower rate_limit, or poll less often";
const wrongUser =
  "IAM does not accept the user for this project; check user_name, domain_name, the password, and the project's id or region";
const before =
  "something before the API answers; perhaps it wants a client certificate (tls_config), or shorter headers (a token can take 16 KiB and more)";

test.each<[Operation, number, ErrorBody, string]>([
  [
    "ShowOpLog",
    404,
    { code: "BackupService.6500", message: "No such log." },
    "the task does not exist (BackupService.6500: No such log.); check its id and project",
  ],
  [
    "ListBackups",
    404,
    { code: "BackupService.6200", message: "No such vault." },
    "what was asked for does not exist (BackupService.6200: No such vault.)",
  ],
  ["ShowOpLog", 404, {}, "HTTP 404: there is no such API there; check the endpoint and the project's id"],
  ["ShowOpLog", 401, { code: "APIGW.0301" }, `HTTP 401 (APIGW.0301): ${notAccepted}`],
  ["ShowOpLog", 403, {}, "HTTP 403: the user lacks a right; cbr:tasks:get is needed"],
  ["ShowOpLog", 429, {}, `HTTP 429: ${tooMany}`],
  ["ShowOpLog", 302, {}, "HTTP 302: redirects are not followed; check the endpoint"],
  ["ShowOpLog", 204, {}, "HTTP 204: the API never answers so; check the endpoint, and what stands before it"],
  ["ShowOpLog", 400, {}, `HTTP 400: ${before}`],
  ["ShowOpLog", 400, { code: "BackupService.6008" }, "HTTP 400 (BackupService.6008)"],
  [
    "ShowOpLog",
    431,
    {},
    "HTTP 431: the headers are too long for what stands before the API; a token can take 16 KiB and more",
  ],
  ["ShowOpLog", 500, { message: "Backend timeout." }, "HTTP 500 (Backend timeout.)"],
  ["ShowOpLog", 418, {}, "HTTP 418"],
  ["ListOpLogs", 403, {}, "HTTP 403: the user lacks a right; cbr:tasks:list is needed"],
  ["ListVault", 403, {}, "HTTP 403: the user lacks a right; cbr:vaults:list is needed"],
  ["ListPolicies", 403, {}, "HTTP 403: the user lacks a right; cbr:policies:list is needed"],
  ["ListBackups", 403, {}, "HTTP 403: the user lacks a right; cbr:backups:list is needed"],
  [
    "ListProtectable",
    403,
    {},
    "HTTP 403: the user lacks a right; cbr:vaults:listProtectables, ecs:cloudServers:list and evs:volumes:list are needed",
  ],
  ["KeystoneCreateToken", 401, {}, `HTTP 401: ${wrongUser}`],
  [
    "KeystoneCreateToken",
    403,
    {},
    "HTTP 403: IAM does not let this user log in; check its access mode, and that it may use the project",
  ],
  ["KeystoneCreateToken", 404, {}, "HTTP 404: there is no IAM there; check iam_endpoint"],
  ["KeystoneCreateToken", 429, {}, `HTTP 429: ${tooMany}`],
  [
    "KeystoneListProjects",
    403,
    {},
    "HTTP 403: IAM does not let this user look up projects; give the project's id in the configuration",
  ],
  ["KeystoneListProjects", 404, {}, "HTTP 404: there is no IAM there; check iam_endpoint"],
])("the line about %s, %i %j says what to check", (operation, status, body, line) => {
  expect(describeStatus(operation, status, body, reasonOfStatus(status, body))).toBe(line);
});
