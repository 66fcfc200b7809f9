import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertsYaml } from "../../deploy/prometheus/alerts/alerts-yaml.ts";
import { defaultSettings, defaultThresholds } from "../../deploy/prometheus/alerts/settings.ts";
import { projectRoot } from "../program.ts";
import { replaced } from "./alertmanager-config.ts";

export const rulesFile = `${projectRoot}deploy/prometheus/alerts.yaml`;

/**
 * The project's rules, with an alert on a task ending `seconds` after its task instead of a day, with less to remember,
 * and 5 seconds to wait.
 * @returns a file
 */
export function quickRules(seconds: number): string {
  const thresholds = { ...defaultThresholds, ended: `${seconds}s` };
  const remembers = replaced(alertsYaml({ ...defaultSettings, thresholds }), /\[9m\]/g, "[15s]");
  const file = join(mkdtempSync(join(tmpdir(), "cbr-rules-")), "alerts.yaml");
  writeFileSync(file, replaced(remembers, /for: 2m\b/g, "for: 5s"));
  return file;
}
