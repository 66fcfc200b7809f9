// Changes the code in small ways, one at a time, and tells which changes no test notices. Ends with 1 when a group of files
// has more of these than it may. With names of groups: `npm run mutation -- tasks cbr/auth`, those alone.
import { relative } from "node:path";
import { Stryker } from "@stryker-mutator/core";

/** What is changed, the tests that must notice, and the least share of changes noticed, in percent. */
const groups = {
  tasks: { mutate: "src/tasks/**/*.ts", tests: "test/tasks/**/*.test.ts", least: 97 },
  "cbr/answers": { mutate: "src/cbr/answers/**/*.ts", tests: "test/cbr/answers/**/*.test.ts", least: 97 },
  "metrics/families": {
    mutate: "src/metrics/families/**/*.ts",
    tests: "test/{metrics/families/**/*,docs/metrics}.test.ts",
    least: 97,
  },
  "collect/plan": { mutate: "src/collect/plan.ts", tests: "test/collect/plan.test.ts", least: 97 },
  estate: {
    mutate: "src/estate/{due-times,first-sights,layers,protection,restore-points}.ts",
    tests: "test/estate/{due-times,first-sights,layers,protection,restore-points}.test.ts",
    least: 97,
  },
  "config/read": {
    mutate: "src/config/read/**/*.ts",
    tests: "test/{config/{read/**/*,invalid,valid,load-config},docs/configuration}.test.ts",
    least: 90,
  },
  "cbr/auth": { mutate: "src/cbr/auth/**/*.ts", tests: "test/cbr/auth/**/*.test.ts", least: 90 },
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`No such group: ${unknown.join(", ")}. There are: ${Object.keys(groups).join(", ")}.`);
  process.exit(2);
}

const rows = [];
for (const [name, { mutate, tests, least }] of Object.entries(groups)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const began = performance.now();
  // Not Stryker's own testFiles: what runs once, as a module is loaded, would then be judged by no test at all.
  process.env["MUTATION_TESTS"] = tests;
  const stryker = new Stryker({
    mutate: [mutate],
    testRunner: "vitest",
    vitest: { configFile: "vitest.mutation.config.ts" },
    plugins: [import.meta.resolve("@stryker-mutator/vitest-runner")],
    coverageAnalysis: "perTest",
    concurrency: 2,
    timeoutMS: 20_000,
    // Stryker cannot read the one of TypeScript 7.
    tsconfigFile: "none",
    tempDirName: ".stryker-tmp",
    logLevel: "warn",
    warnings: { slow: false },
    reporters: ["progress-append-only"],
  });
  const mutants = (await stryker.runMutationTest()).filter(({ status }) => status !== "Ignored");
  // What breaks a module while it is loaded leaves no test to run, which Stryker takes for a success.
  const isNoticed = ({ status, static: isStatic, testsCompleted }) =>
    status === "Killed" || status === "Timeout" || (status === "Survived" && isStatic && testsCompleted === 0);
  const missed = mutants.filter((mutant) => !isNoticed(mutant));
  for (const { fileName, location, replacement, status } of missed) {
    const { line, column } = location.start;
    console.log(`${relative("", fileName)}:${line}:${column} ${status}: ${replacement}`);
  }
  const percent = mutants.length === 0 ? 0 : (100 * (mutants.length - missed.length)) / mutants.length;
  rows.push({
    group: name,
    mutants: mutants.length,
    missed: missed.length,
    percent: Number(percent.toFixed(1)),
    least,
    seconds: Math.round((performance.now() - began) / 1000),
  });
  if (percent < least) process.exitCode = 1;
}
console.table(rows);
