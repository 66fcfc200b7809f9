import { type ParseArgsConfig, parseArgs } from "node:util";
import { checkThreshold, defaultSettings, defaultThresholds, type Settings, type Threshold } from "./settings.ts";

export const usage = `npm run alerts -- [flags]

Writes the alerts for Prometheus.

  --output=FILE             where to (deploy/prometheus/alerts.yaml); - is standard output
  --labels=LABEL,…          labels of targets that alerts keep, such as cluster
  --runbook-url=URL         where you keep docs/runbooks.md, without the part after #
  --dashboard-url=URL       where you keep the dashboard; alerts then link to it
  --threshold.NAME=VALUE    another threshold:

${Object.entries(defaultThresholds)
  .map(([name, value]) => `                              ${name.padEnd(24)}${value}\n`)
  .join("")}`;

interface Flags {
  readonly help: boolean;
  readonly output: string;
  readonly settings: Settings;
}

/** @throws {Error} that says which flag is wrong */
export function settingsOf(args: readonly string[]): Flags {
  const names = Object.keys(defaultThresholds) as Threshold[];
  const flags = ["output", "labels", "runbook-url", "dashboard-url", ...names.map((name) => `threshold.${name}`)];
  const given = parsed(args, {
    help: { type: "boolean" },
    ...Object.fromEntries(flags.map((flag) => [flag, { type: "string" as const }])),
  });

  function read<T, D>(flag: string, parse: (text: string) => T, otherwise: D): T | D {
    const text = given[flag];
    if (typeof text !== "string") return otherwise;
    try {
      return parse(text);
    } catch (error) {
      throw new Error(`--${flag}: ${(error as Error).message}`);
    }
  }

  const dashboard = read("dashboard-url", checkAddress, undefined);
  const thresholds = names.map((name) => [
    name,
    read(`threshold.${name}`, (text) => checkThreshold(name, text), defaultThresholds[name]),
  ]);
  return {
    help: given["help"] === true,
    output: read("output", String, "deploy/prometheus/alerts.yaml"),
    settings: {
      labels: read("labels", labelsOf, defaultSettings.labels),
      runbooks: read("runbook-url", checkAddress, defaultSettings.runbooks),
      ...(dashboard !== undefined && { dashboard }),
      thresholds: Object.fromEntries(thresholds) as Settings["thresholds"],
    },
  };
}

function parsed(args: readonly string[], options: ParseArgsConfig["options"]): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...args], options: { ...options } }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}; --help lists the options`);
  }
}

/** Labels that the alerts have already. */
const taken = new Set([
  "project",
  "task_id",
  "collector",
  "job",
  "instance",
  "severity",
  "alertname",
  "status",
  "reason",
]);

function labelsOf(text: string): readonly string[] {
  const labels = text.split(",");
  for (const label of labels) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
      throw new Error(`${label}: not a name of a label: letters, digits and _, with no digit first`);
    if (taken.has(label)) throw new Error(`${label}: alerts have a label of that name`);
  }
  return [...new Set(labels)];
}

function checkAddress(text: string): string {
  if (/^[^\s"#{}]+$/.test(text)) return text;
  throw new Error(`${text}: not an address without spaces, quotes, braces and #`);
}
