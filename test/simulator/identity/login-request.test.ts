import { expect, test } from "vitest";
import { parseLogin } from "../../../src/simulator/identity/login-request.ts";

const user = { name: "u", password: "p", domain: { name: "d" } };
const bodyOf = (part: object, scope?: unknown) => ({
  auth: { identity: { methods: ["password"], password: { user: { ...user, ...part } } }, scope },
});

test.each([
  [undefined, { kind: "unscoped" }],
  [{ project: { id: "i" } }, { kind: "project", by: "id", value: "i" }],
  [{ project: { name: "n", domain: { name: "e" } } }, { kind: "project", by: "name", value: "n", domain: "e" }],
  [{ project: { name: "n", domain: { id: "i" } } }, { kind: "project", by: "name", value: "n", domain: "i" }],
  [{ domain: { id: "i" } }, { kind: "domain", by: "id", value: "i" }],
])("the scope %j", (scope, read) => {
  expect(parseLogin(bodyOf({}, scope))).toEqual({ domain: "d", user: "u", password: "p", scope: read });
});

test.each([
  ["nothing", undefined, "auth.identity.methods must include password."],
  ["null", null, "auth.identity.methods must include password."],
  ["no password", bodyOf({ password: 1 }), /^auth\.identity\.password\.user/],
  ["no name", bodyOf({ name: null }), /^auth\.identity\.password\.user/],
  ["no domain", bodyOf({ domain: "d" }), /^auth\.identity\.password\.user/],
  ["an empty scope", bodyOf({}, {}), /^auth\.scope/],
  ["a project by name alone", bodyOf({}, { project: { name: "n" } }), /^Expecting to find domain in project\./],
  ["a scope of another kind", bodyOf({}, { project: { id: 7 } }), /^auth\.scope/],
])("%s is told", (_, body, says) => expect(parseLogin(body)).toEqual(expect.stringMatching(says)));
