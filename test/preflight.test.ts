import { afterEach, expect, test } from "vitest";
import { createProjectApi } from "../src/cbr/project-api.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import { parseConfig } from "../src/config/load-config.ts";
import { isAllRight, preflight, preflightText } from "../src/preflight.ts";
import { type Simulator, startSimulator } from "../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../src/simulator/vendor-example.ts";
import { micros } from "../src/tasks/micros.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function cloud(): Promise<Simulator> {
  const simulator = await startSimulator({ latencyMs: [0, 0] });
  cleanups.push(() => simulator.close());
  return simulator;
}

interface Wanted {
  readonly auth?: string;
  readonly tasks?: string;
  readonly clock?: Clock;
}

async function tried(endpoint: string, { auth, tasks, clock = systemClock }: Wanted = {}) {
  const loaded = await parseConfig({
    file: "config.yaml",
    env: {},
    text: `projects:
  - name: prod
    id: ${vendorProjectId}
    endpoint: ${endpoint}
    iam_endpoint: ${endpoint}
    timeout: 1s
    auth: ${auth ?? "{ token: demo-token }"}
collectors:
  - { name: nightly, schedule: "* * * * *", tasks: [${tasks ?? vendorExample.id}] }
`,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const found = await preflight(loaded.config, (config) =>
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
  const password = "{ password: { domain_name: demo, user_name: exporter, password: demo-password } }";
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
