import { expect, test } from "vitest";
import { createSecret } from "../../src/base/secret.ts";
import { configChanges } from "../../src/collect/config-changes.ts";
import type { CollectorConfig, Config, ProjectConfig } from "../../src/config/config.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../support/configs.ts";

/** Made afresh each time, as a configuration is that is read again. */
const project = (part: Partial<ProjectConfig> = {}) =>
  projectConfig({
    endpoint: "https://cbr",
    iamEndpoint: "https://iam",
    auth: { method: "token", token: createSecret("t") },
    proxy: { url: createSecret("http://proxy") },
    tls: { caFile: "/ca", insecureSkipVerify: false },
    ...part,
  });
const collector = (part: Partial<CollectorConfig> = {}) => collectorConfig({ tasks: taskConfigs("a"), ...part });
const config = (projects: readonly ProjectConfig[], collectors: readonly CollectorConfig[]): Config => ({
  projects,
  collectors,
});

test.each<[string, Partial<ProjectConfig>, string | undefined]>([
  ["nothing", {}, undefined],
  ["its id", { id: "another" }, "moved"],
  ["its endpoint", { endpoint: "https://other" }, "moved"],
  ["its endpoint of IAM", { iamEndpoint: "https://other" }, "remade"],
  ["its region", { region: "eu-west-0" }, "remade"],
  ["its token", { auth: { method: "token", token: createSecret("u") } }, "remade"],
  ["its way of logging in", { auth: { method: "token_file", path: "/t" } }, "remade"],
  ["its proxy", { proxy: { url: createSecret("http://other") } }, "remade"],
  ["its TLS", { tls: { caFile: "/ca", insecureSkipVerify: true } }, "remade"],
  ["its rate", { rateLimit: 7 }, "limited"],
  ["its concurrency", { concurrency: 7 }, "limited"],
  ["its timeout", { timeoutMs: 7 }, "limited"],
  ["its retries", { retries: 7 }, "limited"],
  ["its rate and its token", { rateLimit: 7, auth: { method: "token", token: createSecret("u") } }, "remade"],
])("a project of which %s changed, and its collector", (_, part, expected) => {
  const { projects, collectors } = configChanges(
    config([project(), project({ name: "other" })], [collector(), collector({ name: "daily", project: "other" })]),
    config([project(part), project({ name: "other" })], [collector(), collector({ name: "daily", project: "other" })]),
  );
  expect([...projects]).toEqual(expected ? [["prod", expected]] : []);
  expect([...collectors]).toEqual(expected && expected !== "limited" ? [["weekend", "remade"]] : []);
});

test.each<[string, Partial<CollectorConfig>, string | undefined]>([
  ["nothing", {}, undefined],
  [
    "its tasks, its files, its labels or run_on_start",
    { tasks: [], taskFiles: ["/x"], labels: { x: "y" }, runOnStart: false },
    undefined,
  ],
  ["its schedule", { schedule: "0 5 * * *" }, "rescheduled"],
  ["its timezone", { timezone: "Asia/Singapore" }, "rescheduled"],
  ["its project", { project: "other" }, "remade"],
])("a collector of which %s changed", (_, part, expected) => {
  const projects = [project(), project({ name: "other" })];
  const changes = configChanges(config(projects, [collector()]), config(projects, [collector(part)]));
  expect([...changes.projects]).toEqual([]);
  expect([...changes.collectors]).toEqual(expected ? [["weekend", expected]] : []);
});

test("what came and what left", () => {
  const changes = configChanges(
    config([project(), project({ name: "old" })], [collector(), collector({ name: "old", project: "old" })]),
    config([project({ name: "new" }), project()], [collector({ name: "new", project: "new" }), collector()]),
  );
  const expected = [
    ["old", "left"],
    ["new", "added"],
  ];
  expect([...changes.projects]).toEqual(expected);
  expect([...changes.collectors]).toEqual(expected);
});
