import { defineConfig } from "vitest/config";

/** The tests by which `scripts/mutation.mjs` judges what it changes; changed code is slow. */
export default defineConfig({
  test: { include: [process.env["MUTATION_TESTS"] ?? ""], testTimeout: 120_000 },
});
