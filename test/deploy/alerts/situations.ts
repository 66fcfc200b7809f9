import { labelsOf } from "./alert-table.ts";
import { type Minute, type Scenario, spansOf } from "./scenario.ts";

/** A table in Markdown: what happens, who is told, and how many minutes later. */
export function situationsTable(scenarios: readonly Scenario[]): string {
  const rows = scenarios.flatMap((scenario) =>
    scenario.row === undefined ? [] : [`| ${scenario.row} | ${toldOf(scenario)} |\n`],
  );
  return `| what happens | who is told, and how long after |\n| --- | --- |\n${rows.join("")}`;
}

/** What fired before the cause is another story's. */
function toldOf({ name, row, fires = {}, since = 0, because }: Scenario): string {
  const after = new Map<string, Minute>();
  for (const [firing, spans] of Object.entries(fires)) {
    const [first] = spansOf(spans).find(([from]) => from >= since) ?? [];
    if (first === undefined) continue;
    const { name: alert, labels } = labelsOf(firing);
    const told = `\`${alert}\` (${labels["severity"]})`;
    after.set(told, Math.min(first - since, after.get(told) ?? Number.POSITIVE_INFINITY));
  }
  if (after.size === 0 && because === undefined) throw new Error(`${name}: why is nobody told of "${row}"?`);
  if (after.size === 0) return `nobody: ${because}`;
  const told = [...after].sort(([, a], [, b]) => a - b).map(([alert, minutes]) => `${alert} ${durationOf(minutes)}`);
  return told.join(", ") + (because === undefined ? "" : `: ${because}`);
}

function durationOf(minutes: Minute): string {
  if (minutes === 0) return "at once";
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter((part) => part !== "").join(" ");
}
