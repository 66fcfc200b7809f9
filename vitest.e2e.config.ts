import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most of them wait for programs that scrape and evaluate by the second: two at a time, never more.
    maxWorkers: 2,
  },
});
