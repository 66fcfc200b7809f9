import { afterEach, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { micros } from "../src/base/micros.ts";
import { createProjectApi } from "../src/cbr/project-api.ts";
import { isAllRight, preflight, preflightText } from "../src/preflight.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../src/simulator/tasks/sim-task.ts";
import { parseConfig } from "./support/load-config.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function cloud(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ latencyMs: [0, 0], ...options });
  cleanups.push(() => simulator.close());
  return simulator;
}

interface Wanted {
  readonly auth?: string;
  /** The project's id, or whatever else finds it. */
  readonly project?: string;
  readonly tasks?: string;
  /** More collectors, each with one task. */
  readonly others?: readonly string[];
  readonly clock?: Clock;
}

async function tried(
  endpoint: string,
  { auth, project = `id: ${vendorProjectId}`, tasks, others = [], clock = systemClock }: Wanted = {},
) {
  const loaded = await parseConfig({
    file: "config.yaml",
    env: {},
    text: `projects:
  - name: prod
    ${project}
    endpoint: ${endpoint}
    iam_endpoint: ${endpoint}
    timeout: 1s
    auth: ${auth ?? "{ token: demo-token }"}
collectors:
  - { name: nightly, schedule: "* * * * *", tasks: [${tasks ?? vendorExample.id}] }
${others.map((id, n) => `  - { name: more-${n}, schedule: "* * * * *", tasks: [${id}] }\n`).join("")}`,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const found = await preflight(loaded, (config) =>
    createProjectApi({
      config: { ...config, retries: 0 },
      env: {},
      clock,
      random: () => 0,
      observer: { sending: () => {}, attempted: () => {}, failed: () => {}, invalidField: () => {} },
    }),
  );
  return { right: isAllRight(found), text: preflightText(found) };
}

test("all is right", async () => {
  const { url } = await cloud();
  expect(await tried(url)).toEqual({
    right: true,
    text: `PROJECT  CHECK              RESULT  DETAIL
prod     login              ok      token
         clock              ok      right
         cbr:tasks:get      ok      granted
         cbr:tasks:list     ok      granted
         collector nightly  ok      4827f2da-b008-4507-ab7d-42d0df5ed912 found
`,
  });
});

test("a password, keys: the login is named by its key", async () => {
  const { url } = await cloud();
  expect((await tried(url, { auth: password })).text).toMatch(/login +ok +password\n/);
  const keys = "{ ak_sk: { access_key: DEMOACCESSKEY, secret_key: demo-secret-key } }";
  expect((await tried(url, { auth: keys })).text).toMatch(/login +ok +ak_sk\n/);
});

test.each([
  [
    "a refused token",
    "{ token: wrong-token }",
    /login +WRONG +token: HTTP 401 \(APIGW\.0301: .*\): the login is not accepted/,
  ],
  [
    "a refused password",
    "{ password: { domain_name: demo, user_name: exporter, password: wrong } }",
    /login +WRONG +password: login: HTTP 401 .*IAM does not accept the user for this project; check user_name/,
  ],
  ["refused keys", "{ ak_sk: { access_key: DEMOACCESSKEY, secret_key: wrong } }", /login +WRONG +ak_sk: HTTP 401/],
])("%s is told once, and nothing that follows from it", async (_, auth, line) => {
  const { url } = await cloud();
  const { right, text } = await tried(url, { auth });
  expect(right).toBe(false);
  expect(text).toMatch(line);
  expect(text).not.toMatch(/wrong-token|: wrong\b/);
  expect(text.trimEnd().split("\n")).toHaveLength(3);
});

test("a cloud that cannot be reached", async () => {
  const simulator = await startSimulator();
  await simulator.close();
  const { right, text } = await tried(simulator.url);
  expect(right).toBe(false);
  expect(text).toMatch(
    /login +WRONG +token: 127\.0\.0\.1:\d+ refused the connection; check the endpoint's host and port/,
  );
  expect(text).toMatch(/clock +ok +unknown/);
});

test("a missing right to read is wrong, a missing right to list is not", async () => {
  const simulator = await cloud();
  simulator.setFault("cbr:list", { kind: "status", status: 403 });
  const without = await tried(simulator.url);
  expect(without.right).toBe(true);
  expect(without.text).toMatch(/cbr:tasks:list +ok +not granted, and not needed for listed tasks/);
  simulator.setFault(vendorExample.id, { kind: "status", status: 403 });
  const { right, text } = await tried(simulator.url);
  expect(right).toBe(false);
  expect(text).toMatch(/login +ok/);
  expect(text).toMatch(/cbr:tasks:get +WRONG +HTTP 403 .*cbr:tasks:get is needed/);
});

const password = "{ password: { domain_name: demo, user_name: exporter, password: demo-password } }";

describe("a throttle", () => {
  test("that holds the project is told as such, and as nothing about the login", async () => {
    const simulator = await cloud();
    simulator.setFault(vendorExample.id, { kind: "throttle", retryAfter: 60 });
    const { right, text } = await tried(simulator.url, { others: ["b", "c"] });
    expect(right).toBe(false);
    expect(text.replace(/policy user.*second/, "…")).toBe(`PROJECT  CHECK              RESULT  DETAIL
prod     login              ok      token: not known, the cloud throttles this project
         clock              ok      right
         cbr:tasks:list     ok      unknown
         collector nightly  WRONG   4827f2da-b008-4507-ab7d-42d0df5ed912: HTTP 429 (APIGW.0308: The throttling threshold has been reached: …): too many requests; lower rate_limit, or poll less often
         collector more-0   WRONG   b: not asked, the cloud throttles this project
         collector more-1   WRONG   c: not asked, the cloud throttles this project
`);
    expect(simulator.requests()).toBe(1);
  });

  test("that comes after an answer leaves the login right", async () => {
    const simulator = await cloud();
    simulator.setFault("b", { kind: "throttle", retryAfter: 60 });
    const { text } = await tried(simulator.url, { others: ["b"] });
    expect(text).toMatch(/login +ok +token\n/);
    expect(text).toMatch(/collector nightly +ok/);
    expect(text).toMatch(/collector more-0 +WRONG +b: HTTP 429/);
  });

  test("of the list, with no task to ask for", async () => {
    const simulator = await cloud();
    simulator.setFault("cbr:list", { kind: "throttle", retryAfter: 60 });
    const { right, text } = await tried(simulator.url, { tasks: "" });
    expect(right).toBe(true);
    expect(text).toMatch(/login +ok +token: not known, the cloud throttles this project\n/);
  });

  test("of IAM is the login's", async () => {
    const simulator = await cloud();
    simulator.setFault("iam:tokens", { kind: "throttle", retryAfter: 60 });
    const { right, text } = await tried(simulator.url, { auth: password, others: ["b"] });
    expect(right).toBe(false);
    expect(text).toMatch(/login +WRONG +password: login: HTTP 429 \(APIGW\.0308: /);
    expect(text.trimEnd().split("\n")).toHaveLength(3);
  });
});

describe("a right that the login lacks", () => {
  test("to look up its own project is the login's, not one to read tasks", async () => {
    const simulator = await cloud();
    simulator.setFault("iam:tokens", { kind: "raw", body: "{}" });
    const { right, text } = await tried(simulator.url, { auth: password, project: "region: ap-southeast-1" });
    expect(right).toBe(false);
    expect(text).toBe(`PROJECT  CHECK  RESULT  DETAIL
prod     login  WRONG   password: login: HTTP 403 (You are not authorized to perform the requested action: identity:list_projects.): IAM does not let this user look up projects; give the project's id in the configuration
         clock  ok      right
`);
  });

  test("to log in at all", async () => {
    const simulator = await cloud();
    simulator.setFault("iam:tokens", { kind: "status", status: 403 });
    const { text } = await tried(simulator.url, { auth: password });
    expect(text).toMatch(/login +WRONG +password: login: HTTP 403 .*IAM does not let this user log in/);
    expect(text).not.toContain("cbr:tasks");
  });

  test("to log in again, after CBR refused its token", async () => {
    const simulator = await cloud();
    simulator.setFault("iam:tokens", { kind: "status", status: 403, every: 2 });
    simulator.setFault("*", { kind: "status", status: 401 });
    const { text } = await tried(simulator.url, { auth: password });
    expect(text).toMatch(/login +WRONG +password: login: HTTP 403 .*IAM does not let this user log in/);
    expect(text).not.toContain("cbr:tasks");
  });
});

test.each([
  ["nothing usable of IAM", { kind: "html" }, /login +WRONG +password: login: HTTP 200: the API never answers so/],
  [
    "no token of IAM",
    { kind: "status", status: 201, body: "{}" },
    /login +WRONG +password: login: IAM's answer holds no/,
  ],
] as const)("%s is the login's", async (_, fault, line) => {
  const simulator = await cloud();
  simulator.setFault("iam:tokens", fault);
  expect((await tried(simulator.url, { auth: password })).text).toMatch(line);
});

test("a project by its region's name, for a plain reader", async () => {
  const { url } = await cloud();
  const { right, text } = await tried(url, { auth: password, project: "region: ap-southeast-1" });
  expect(right).toBe(true);
  expect(text).toMatch(/login +ok +password\n/);
});

test("a task that does not exist", async () => {
  const { url } = await cloud();
  const { right, text } = await tried(url, { tasks: "no-such-task" });
  expect(right).toBe(false);
  expect(text).toMatch(/cbr:tasks:get +ok +granted/);
  expect(text).toMatch(/collector nightly +WRONG +no-such-task: the task does not exist .*check its id and project/);
});

test("no task to ask for", async () => {
  const { url } = await cloud();
  const { right, text } = await tried(url, { tasks: "" });
  expect(right).toBe(true);
  expect(text).toMatch(/cbr:tasks:get +ok +not tried, no task is listed/);
});

test("a clock that is off", async () => {
  const { url } = await cloud();
  const slow: Clock = { ...systemClock, now: () => micros(systemClock.now() - 600e6) };
  const { right, text } = await tried(url, { clock: slow });
  expect(right).toBe(false);
  expect(text).toMatch(/clock +WRONG +(599|600|601) s behind the cloud's; set it right/);
});
