import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { projectRoot } from "../../program.ts";

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export const rulesFile = `${projectRoot}deploy/prometheus/alerts.yaml`;

/** The groups of a file of rules; default: the project's. */
export function readGroups(file: string = rulesFile): readonly Group[] {
  return (parse(readFileSync(file, "utf8")) as { readonly groups: readonly Group[] }).groups;
}

/** The metrics that rules ask for, in expressions or texts. */
export function metricsOf(groups: readonly Group[]): { has(name: string): boolean } {
  const rules = groups.flatMap((group) => group.rules);
  const text = rules.flatMap(({ expr, annotations = {} }) => [expr, ...Object.values(annotations)]).join(" ");
  const names = new Set(text.match(/\w+/g));
  const patterns = [...text.matchAll(/__name__=~"([^"]*)"/g)].map(([, pattern]) => new RegExp(`^(?:${pattern})$`));
  return { has: (name) => names.has(name) || patterns.some((pattern) => pattern.test(name)) };
}
