import { defineConfig } from "vitest/config";

/** The tests by which `scripts/mutation.mjs` judges what it changes. */
export default defineConfig({
  test: { include: [process.env["MUTATION_TESTS"] ?? ""], testTimeout: 30_000 },
});
