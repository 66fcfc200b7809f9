import { writeFileSync } from "node:fs";
import { alertsYaml } from "./alerts-yaml.ts";
import { settingsOf, usage } from "./flags.ts";

try {
  const { help, output, settings } = settingsOf(process.argv.slice(2));
  if (help) process.stdout.write(usage);
  else if (output === "-") process.stdout.write(alertsYaml(settings));
  else writeFileSync(output, alertsYaml(settings));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
