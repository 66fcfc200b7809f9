import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../../../src/base/json.ts";
import { readErrorBody } from "../../../src/cbr/answers/error-body.ts";
import { gatewayError, noSuchTask } from "../../../src/simulator/errors.ts";

test.each([
  ["CBR's", noSuchTask, { code: "BackupService.6500", message: "Operation log does not exist." }],
  [
    "the gateway's",
    { ...gatewayError("APIGW.0301"), request_id: "04f1829c788037ac2fb8c01eb2b04b95" },
    {
      code: "APIGW.0301",
      message: "Incorrect IAM authentication information: decrypt token fail",
      requestId: "04f1829c788037ac2fb8c01eb2b04b95",
    },
  ],
  [
    "IAM's, which repeats the status",
    { error: { code: 401, message: "No.", title: "Unauthorized" } },
    { message: "No." },
  ],
  ["IAM's, which repeats it as a text", { error: { code: "401", message: "No." } }, { message: "No." }],
  ["IAM's, another number", { error: { code: 1101, message: "No." } }, { code: "1101", message: "No." }],
  [
    "IAM's, a text",
    { error: { code: "IAM.0001", title: "Unauthorized" } },
    { code: "IAM.0001", message: "Unauthorized" },
  ],
  ["a code alone", { error_code: "APIG.0101" }, { code: "APIG.0101" }],
  ["words alone", { error_msg: "No." }, { message: "No." }],
  ["empty words", { error_code: "", error_msg: "" }, {}],
  ["a code with blanks", { error_code: "a b" }, {}],
  ["a code that is too long", { error_code: "x.".repeat(33) }, {}],
  ["a code that looks like a key", { error_code: "aDnwVlQdKZ9eYBYlyYOmq0pQ6nbk3EwAdjmxVnkT" }, {}],
  ["a request id that is a page", { request_id: "<html>" }, {}],
  ["wrong types", { error_code: {}, error_msg: [], request_id: true, error: "x" }, {}],
  ["an empty object", {}, {}],
  ["a list", [noSuchTask], {}],
  ["null", null, {}],
  ["a text", "BackupService.6500", {}],
])("%s", (_, body, said) => expect(readErrorBody(body, 401)).toStrictEqual(said));

test.each([
  ["nothing", ""],
  ["HTML", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"],
  ["half a body", '{"error_code": "Backup'],
])("%s says nothing", (_, text) => expect(readErrorBody(parseJson(text), 502)).toStrictEqual({}));

test("what it says is fit to be logged", () => {
  const { message } = readErrorBody({ error_msg: `failed,\nX-Auth-Token: abc\n${"x ".repeat(500)}` }, 400);
  expect(message).toMatch(/^failed, X-Auth-Token: <redacted> x x/);
  expect(message).toHaveLength(200);
});

test("no body makes it throw", () => {
  fc.assert(fc.property(fc.anything(), (body) => typeof readErrorBody(body, 400) === "object"));
});
