import { expect, test } from "vitest";
import { projectRoot } from "../program.ts";
import { metricsDocument } from "./metrics-table.ts";

test("docs/metrics.md says what the families are; npm run docs writes it anew", async () => {
  await expect(metricsDocument()).toMatchFileSnapshot(`${projectRoot}docs/metrics.md`);
});
