import { expect, onTestFinished, test } from "vitest";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { micros } from "../src/base/micros.ts";
import { createProjectApi } from "../src/cbr/project-api.ts";
import { isAllRight, preflight, preflightText } from "../src/preflight.ts";
import type { Fault } from "../src/simulator/faults/kinds.ts";
import { startSimulator } from "../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../src/simulator/tasks/sim-task.ts";
import { parseConfig } from "./support/load-config.ts";

interface Wanted {
  /** What is wrong in the cloud, by the target of the fault. */
  readonly faults?: Readonly<Record<string, Fault>>;
  readonly auth?: string;
  /** The project's id, or whatever else finds it. */
  readonly project?: string;
  readonly tasks?: string;
  /** More collectors, each with one task. */
  readonly others?: readonly string[];
  /** Whether the collector also finds tasks by itself. */
  readonly finds?: boolean;
  /** Whether it also has an inventory. */
  readonly inventory?: boolean;
  readonly clock?: Clock;
  readonly endpoint?: string;
}

const password = "{ password: { domain_name: demo, user_name: exporter, password: demo-password } }";
const refused = "{ password: { domain_name: demo, user_name: exporter, password: wrong } }";
const keys = (secret: string) => `{ ak_sk: { access_key: DEMOACCESSKEY, secret_key: ${secret} } }`;
const byRegion = "region: ap-southeast-1";
const slow: Clock = { ...systemClock, now: () => micros(systemClock.now() - 600e6) };
const throttle: Fault = { kind: "throttle", retryAfter: 60 };
const status = (code: number): Fault => ({ kind: "status", status: code });

async function tried(wanted: Wanted = {}) {
  const {
    faults = {},
    auth,
    project = `id: ${vendorProjectId}`,
    tasks,
    others = [],
    finds,
    inventory,
    clock = systemClock,
  } = wanted;
  const simulator = await startSimulator({ latencyMs: [0, 0] });
  onTestFinished(() => simulator.close());
  for (const [target, fault] of Object.entries(faults)) simulator.setFault(target, fault);
  const { endpoint = simulator.url } = wanted;
  const loaded = await parseConfig({
    file: "config.yaml",
    env: {},
    text: `projects:
  - name: prod
    ${project}
    endpoint: ${endpoint}
    iam_endpoint: ${endpoint}
    timeout: 60s
    auth: ${auth ?? "{ token: demo-token }"}
collectors:
  - { name: nightly, schedule: "* * * * *", tasks: [${tasks ?? vendorExample.id}]${finds ? ", discover: {}" : ""}${inventory ? ", inventory: { unprotected: [server] }" : ""} }
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
  return { right: isAllRight(found), text: preflightText(found), requests: simulator.requests() };
}

test("all is right", async () => {
  expect(await tried()).toMatchObject({
    right: true,
    text: `PROJECT  CHECK              RESULT  DETAIL
prod     login              ok      token
         clock              ok      right
         cbr:tasks:get      ok      granted
         collector nightly  ok      4827f2da-b008-4507-ab7d-42d0df5ed912 found
`,
  });
});

/** That of the login, that of the clock, and what stands above them. */
const loginAlone = 3;

test.each<[string, Wanted, boolean, readonly RegExp[], number?]>([
  ["a password", { auth: password }, true, [/login +ok +password\n/]],
  ["keys", { auth: keys("demo-secret-key") }, true, [/login +ok +ak_sk\n/]],
  [
    "a project by its region's name, for a plain reader",
    { auth: password, project: byRegion },
    true,
    [/login +ok +password\n/],
  ],
  [
    "a refused token",
    { auth: "{ token: wrong-token }" },
    false,
    [/login +WRONG +token: HTTP 401 \(APIGW\.0301: .*\): the login is not accepted/],
    loginAlone,
  ],
  [
    "a refused password",
    { auth: refused },
    false,
    [/login +WRONG +password: login: HTTP 401 .*IAM does not accept the user for this project; check user_name/],
    loginAlone,
  ],
  ["refused keys", { auth: keys("wrong") }, false, [/login +WRONG +ak_sk: HTTP 401/], loginAlone],
  [
    "a cloud that cannot be reached",
    { endpoint: "http://127.0.0.1:9" },
    false,
    [
      /login +WRONG +token: 127\.0\.0\.1:\d+ refused the connection; check the endpoint's host and port/,
      /clock +ok +unknown/,
    ],
  ],
  [
    "a right to list that is missing is not needed for listed tasks",
    { faults: { "cbr:list": status(403) } },
    true,
    [],
    5,
  ],
  ["a right to list", { finds: true }, true, [/cbr:tasks:list +ok +granted\n/], 6],
  [
    "a right to list that is missing",
    { finds: true, faults: { "cbr:list": status(403) } },
    false,
    [/login +ok +token\n/, /cbr:tasks:list +WRONG +HTTP 403 .*cbr:tasks:list is needed/],
  ],
  [
    "the rights of an inventory",
    { inventory: true },
    true,
    [
      /cbr:vaults:list +ok +granted\n/,
      /cbr:policies:list +ok +granted\n/,
      /cbr:backups:list +ok +granted\n/,
      /cbr:vaults:listProtectables +ok +granted\n/,
    ],
    9,
  ],
  [
    "those of an inventory that are missing, each by itself",
    { inventory: true, faults: { policies: status(403), protectables: status(403) } },
    false,
    [
      /login +ok +token\n/,
      /cbr:vaults:list +ok +granted\n/,
      /cbr:policies:list +WRONG +HTTP 403 .*cbr:policies:list is needed\n/,
      /cbr:backups:list +ok +granted\n/,
      /cbr:vaults:listProtectables +WRONG .*listProtectables, ecs:cloudServers:list and evs:volumes:list are needed\n/,
    ],
  ],
  [
    "a throttle of the list alone",
    { finds: true, faults: { "cbr:list": throttle } },
    false,
    [/login +ok +token\n/, /cbr:tasks:list +WRONG +unknown, the cloud throttles this project\n/],
  ],
  [
    "an outage of the list alone, with no task to ask for",
    { finds: true, tasks: "", faults: { "cbr:list": status(500) } },
    false,
    [/login +WRONG +token: HTTP 500/, /cbr:tasks:get +ok +not tried, no task is listed/],
    4,
  ],
  [
    "a right to read that is missing",
    { faults: { [vendorExample.id]: status(403) } },
    false,
    [/login +ok/, /cbr:tasks:get +WRONG +HTTP 403 .*cbr:tasks:get is needed/],
  ],
  [
    "a throttle that comes after an answer leaves the login right",
    { faults: { b: throttle }, others: ["b"] },
    false,
    [/login +ok +token\n/, /collector nightly +ok/, /collector more-0 +WRONG +b: HTTP 429/],
  ],
  [
    "a throttle of the list, with no task to ask for",
    { faults: { "cbr:list": throttle }, tasks: "" },
    true,
    [/login +ok +token: not known, the cloud throttles this project\n/],
  ],
  [
    "a throttle of IAM is the login's",
    { faults: { "iam:tokens": throttle }, auth: password, others: ["b"] },
    false,
    [/login +WRONG +password: login: HTTP 429 \(APIGW\.0308: /],
    loginAlone,
  ],
  [
    "no right to log in",
    { faults: { "iam:tokens": status(403) }, auth: password },
    false,
    [/login +WRONG +password: login: HTTP 403 .*IAM does not let this user log in/],
    loginAlone,
  ],
  [
    "no right to log in again, after CBR refused its token",
    { faults: { "iam:tokens": { ...status(403), every: 2 }, "*": status(401) }, auth: password },
    false,
    [/login +WRONG +password: login: HTTP 403 .*IAM does not let this user log in/],
    loginAlone,
  ],
  [
    "nothing usable of IAM is the login's",
    { faults: { "iam:tokens": { kind: "html" } }, auth: password },
    false,
    [/login +WRONG +password: login: HTTP 200: the API never answers so/],
    loginAlone,
  ],
  [
    "no token of IAM is the login's",
    { faults: { "iam:tokens": { kind: "status", status: 201, body: "{}" } }, auth: password },
    false,
    [/login +WRONG +password: login: IAM's answer holds no/],
    loginAlone,
  ],
  [
    "a task that does not exist",
    { tasks: "no-such-task" },
    false,
    [
      /cbr:tasks:get +ok +granted/,
      /collector nightly +WRONG +no-such-task: the task does not exist .*check its id and project/,
    ],
  ],
  ["no task to ask for", { tasks: "" }, true, [/cbr:tasks:get +ok +not tried, no task is listed/]],
  ["a clock that is off", { clock: slow }, false, [/clock +WRONG +(?:59|60)\d s behind the cloud's; set it right/]],
])("%s", async (_, wanted, isRight, lines, count) => {
  const { right, text } = await tried(wanted);
  expect(right).toBe(isRight);
  for (const line of lines) expect(text).toMatch(line);
  expect(text).not.toMatch(/wrong-token|: wrong\b/);
  // What is wrong with a login is told once, and nothing that follows from it.
  if (count !== undefined) expect(text.trimEnd().split("\n")).toHaveLength(count);
});

test("a throttle that holds the project is told as such, and as nothing about the login", async () => {
  const { right, text, requests } = await tried({ faults: { [vendorExample.id]: throttle }, others: ["b", "c"] });
  expect([right, requests]).toEqual([false, 1]);
  expect(text.replace(/policy user.*second/, "…")).toBe(`PROJECT  CHECK              RESULT  DETAIL
prod     login              ok      token: not known, the cloud throttles this project
         clock              ok      right
         collector nightly  WRONG   4827f2da-b008-4507-ab7d-42d0df5ed912: HTTP 429 (APIGW.0308: The throttling threshold has been reached: …): too many requests; lower rate_limit, or poll less often
         collector more-0   WRONG   b: not asked, the cloud throttles this project
         collector more-1   WRONG   c: not asked, the cloud throttles this project
`);
});

test("no right to look up its own project is the login's, not one to read tasks", async () => {
  const faults: Wanted["faults"] = { "iam:tokens": { kind: "raw", body: "{}" } };
  const { right, text } = await tried({ faults, auth: password, project: byRegion });
  expect(right).toBe(false);
  expect(text).toBe(`PROJECT  CHECK  RESULT  DETAIL
prod     login  WRONG   password: login: HTTP 403 (You are not authorized to perform the requested action: identity:list_projects.): IAM does not let this user look up projects; give the project's id in the configuration
         clock  ok      right
`);
});
