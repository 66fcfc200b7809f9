import { expect, test } from "vitest";
import { operationsOf } from "../../src/cbr/operations.ts";
import { type ProjectPart, projectConfig } from "../support/configs.ts";
import { keyAuth, passwordAuth } from "../support/logins.ts";

const iamEndpoint = "https://iam.example.com";
const agency = { method: "ecs_agency", endpoint: "http://169.254.169.254" } as const;

test.each<[string, ProjectPart, readonly string[]]>([
  ["a token without IAM", {}, ["ShowOpLog"]],
  ["a token with IAM", { iamEndpoint }, ["ShowOpLog", "KeystoneValidateToken"]],
  [
    "a token file",
    { iamEndpoint, auth: { method: "token_file", path: "/token" } },
    ["ShowOpLog", "KeystoneValidateToken"],
  ],
  ["a password", { iamEndpoint, auth: passwordAuth() }, ["ShowOpLog", "KeystoneCreateToken"]],
  [
    "a password, the project by its region",
    { iamEndpoint, auth: passwordAuth(), id: undefined, region: "eu-de" },
    ["ShowOpLog", "KeystoneCreateToken", "KeystoneListProjects"],
  ],
  ["a key", { iamEndpoint, auth: keyAuth() }, ["ShowOpLog"]],
  ["an agency", { auth: agency }, ["ShowOpLog", "GetSecurityKey"]],
])("%s calls what it needs, and no more", (_, part, operations) => {
  expect(operationsOf(projectConfig(part), [])).toEqual(operations);
});
