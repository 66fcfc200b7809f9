import type { CollectorConfig } from "../../../src/config/config.ts";
import { parseConfig } from "../../support/load-config.ts";

/** What becomes of a collector with this: itself and what is noted, or what is wrong. */
export async function readCollector(
  part: string,
): Promise<{ readonly collector: CollectorConfig; readonly notices: readonly string[] } | readonly string[]> {
  const text = `projects:
  - { name: p, id: i, region: ap-southeast-1, auth: { token: t } }
collectors:
  - name: c
    schedule: "*/5 * * * *"
    ${part}
`;
  const loaded = await parseConfig({ text, file: "c.yaml", env: {} });
  const [collector] = loaded.ok ? loaded.config.collectors : [];
  return loaded.ok && collector ? { collector, notices: loaded.notices } : loaded.ok ? [] : loaded.problems;
}

/** The one problem that is expected at a place of it. */
export function problemAt(path: string, what: string): readonly RegExp[] {
  return [new RegExp(`: collectors\\[0\\]\\.${path}: ${what}`)];
}
