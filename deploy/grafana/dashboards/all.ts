import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { cbrOverview } from "./cbr-overview.ts";
import { cbrProtection } from "./cbr-protection.ts";

interface GeneratedDashboard {
  /** In `deploy/grafana/`. */
  readonly file: string;
  build(): Dashboard;
}

/** Every dashboard of the project, as `npm run dashboards` writes them. */
export const dashboards: readonly GeneratedDashboard[] = [
  { file: "cbr-overview.json", build: () => cbrOverview().build() },
  { file: "cbr-protection.json", build: () => cbrProtection().build() },
];
