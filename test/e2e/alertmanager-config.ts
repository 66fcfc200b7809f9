import { readFileSync } from "node:fs";
import { projectRoot } from "../program.ts";

export const alertmanagerFile = `${projectRoot}deploy/alertmanager/alertmanager.yaml`;

/**
 * The project's Alertmanager configuration for a test: notifications go to `webhook`, under the receiver's name
 * (`/pager/cbr`), and at once.
 */
export function quickConfig(webhook: string): string {
  const waits = { group_wait: "1s", group_interval: "1s", repeat_interval: "1h" };
  let text = replaced(readFileSync(alertmanagerFile, "utf8"), /http:\/\/(\w+)\.example\.com:8080/g, `${webhook}/$1`);
  for (const [key, value] of Object.entries(waits))
    text = replaced(text, new RegExp(`${key}: \\w+`, "g"), `${key}: ${value}`);
  return text;
}

/** @throws {Error} when there is nothing to replace: a test that shortens nothing would wait in vain */
export function replaced(text: string, pattern: RegExp, by: string): string {
  const changed = text.replace(pattern, by);
  if (changed === text) throw new Error(`nothing matches ${pattern}`);
  return changed;
}
