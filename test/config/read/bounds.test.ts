import { expect, test } from "vitest";
import { parseConfig } from "../../support/load-config.ts";

/** A project with one key more. */
async function projectWith(line: string) {
  const text = `projects:\n  - name: p\n    id: i\n    region: r-1\n    auth: { token: t }\n    ${line}\ncollectors: []\n`;
  const loaded = await parseConfig({ text, file: "c.yaml", env: {} });
  return loaded.ok ? loaded.config.projects[0] : loaded.problems;
}

test.each([
  ["rate_limit: 0.001", { rateLimit: 0.001 }],
  ["rate_limit: 1000", { rateLimit: 1000 }],
  ["concurrency: 1", { concurrency: 1 }],
  ["concurrency: 100", { concurrency: 100 }],
  ["timeout: 1ms", { timeoutMs: 1 }],
  ["timeout: 10m", { timeoutMs: 600_000 }],
  ["retries: 0", { retries: 0 }],
  ["retries: 10", { retries: 10 }],
])("the bounds are allowed: %s", async (line, part) => expect(await projectWith(line)).toMatchObject(part));

const rate = "a number of requests per second from 0.001 to 1000, such as 5";
const timeout = "a duration from 1ms to 10m, such as 10s";

test.each([
  ["rate_limit: 0.0009", rate],
  ["rate_limit: 1000.1", rate],
  ["concurrency: 0", "a whole number from 1 to 100"],
  ["concurrency: 101", "a whole number from 1 to 100"],
  ["concurrency: 2.0", "a whole number from 1 to 100"],
  ["timeout: 0ms", timeout],
  ["timeout: 10m1ms", timeout],
  ["timeout: soon", timeout],
  ["retries: -1", "a whole number from 0 to 10"],
  ["retries: 11", "a whole number from 0 to 10"],
])("what lies beyond is not: %s", async (line, what) => {
  const [key = ""] = line.split(":");
  expect(await projectWith(line)).toEqual([`c.yaml:6:${7 + key.length}: projects[0].${key}: must be ${what}`]);
});

test.each(["constructor", "toString", "__proto__"])("%s is a key that nobody knows", async (key) => {
  expect(await projectWith(`${key}: x`)).toEqual([expect.stringContaining(`unknown key "${key}"`)]);
});

test("two of a name that is none are told of that alone", async () => {
  const text = "projects: []\ncollectors:\n  - name: a b\n    tasks: []\n  - name: a b\n    tasks: []\n";
  const loaded = await parseConfig({ text, file: "c.yaml", env: {} });
  const problems = loaded.ok ? [] : loaded.problems;
  expect(problems.filter((problem) => problem.includes("unique"))).toEqual([]);
  expect(problems.filter((problem) => problem.includes("name: must be a name"))).toHaveLength(2);
});
