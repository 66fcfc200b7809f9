import type { Scope } from "./promql.ts";
import type { Settings } from "./settings.ts";

/** What every group is made from. */
export interface Context {
  readonly scope: Scope;
  readonly settings: Settings;
}
