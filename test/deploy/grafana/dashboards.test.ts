import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { expect, expectTypeOf, test } from "vitest";
import { dashboards } from "../../../deploy/grafana/dashboards/all.ts";
import { projectRoot } from "../../program.ts";
import { throughJson } from "./dashboard-json.ts";

test.each(dashboards)(
  "deploy/grafana/$file is what the code builds; npm run dashboards writes it anew",
  async ({ file, build }) => {
    await expect(`${JSON.stringify(build(), null, 2)}\n`).toMatchFileSnapshot(`${projectRoot}deploy/grafana/${file}`);
  },
);

test("building twice gives the same", () => {
  for (const { build } of dashboards) expect(JSON.stringify(build())).toBe(JSON.stringify(build()));
});

test("the code builds what the SDK calls a dashboard, and nothing is lost on the way through JSON", () => {
  for (const { build } of dashboards) {
    expectTypeOf(build).returns.toEqualTypeOf<Dashboard>();
    expect(throughJson(build())).toMatchObject({ ...build(), panels: expect.any(Array) });
    expect(throughJson(build()).panels).toHaveLength(build().panels?.length ?? 0);
  }
});
