import { expect, test } from "vitest";
import { alertsYaml } from "../../../../deploy/prometheus/alerts/alerts-yaml.ts";
import { defaultSettings } from "../../../../deploy/prometheus/alerts/settings.ts";
import { projectRoot } from "../../../program.ts";

test("deploy/prometheus/alerts.yaml is what its code writes; `npm run alerts` writes it anew", async () => {
  await expect(alertsYaml(defaultSettings)).toMatchFileSnapshot(`${projectRoot}deploy/prometheus/alerts.yaml`);
});
