import type { Dashboard, GridPos } from "@grafana/grafana-foundation-sdk/dashboard";
import { panelsOf } from "../dashboard-json.ts";

const columns = 24;

/** Grafana moves panels that overlap or stick out, each time in another way. */
export function layout(dashboard: Dashboard): readonly string[] {
  const placed = panelsOf(dashboard).map(({ title, gridPos }) => ({ title, at: gridPos }));
  return placed.flatMap(({ title, at }, index) => {
    if (!at) return [`${title}: has no place`];
    if (at.w < 1 || at.h < 1 || at.x < 0 || at.y < 0) return [`${title}: has no size`];
    if (at.x + at.w > columns) return [`${title}: sticks out of ${columns} columns`];
    return placed
      .slice(index + 1)
      .filter((other) => other.at && overlap(at, other.at))
      .map((other) => `${title}: overlaps ${other.title}`);
  });
}

function overlap(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
