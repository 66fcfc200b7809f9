import type { Rule } from "./rule-file.ts";

/** A rule that is broken in one place. */
export interface Mutation {
  readonly kind: "threshold" | "matcher" | "aggregation";
  /** What stood there, and what stands there now. */
  readonly change: string;
  readonly rule: Rule;
}

export type Broken = readonly [from: string, to: string];

/** Numbers and durations are half of what they were, and twice; 0 and 1 are each other. */
export function thresholds(text: string): readonly Broken[] {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(\w*)$/.exec(text) ?? [];
  const number = Number(amount);
  if (number === 0) return [[text, `1${unit}`]];
  // A duration is whole: half of 9m is 270000ms.
  const half = unit === "" ? String(number / 2) : `${number * (secondsOf[unit] ?? 1) * 500}ms`;
  return [
    [text, number === 1 && unit === "" ? "0" : half],
    [text, `${number * 2}${unit}`],
  ];
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const negations: Readonly<Record<string, string>> = { "=": "!=", "!=": "=", "=~": "!~", "!~": "=~" };
/** `group` has none: what it makes of a set is all that can be seen of it. */
const opposites: Readonly<Record<string, string>> = { max: "min", min: "max", sum: "count" };

interface Place {
  readonly kind: Mutation["kind"];
  readonly pattern: RegExp;
  readonly changes: (match: RegExpMatchArray) => readonly Broken[];
}

const places: readonly Place[] = [
  {
    kind: "threshold",
    // Numbers, and the durations of ranges; none within a name or a text.
    pattern: /(?<![\w."'])\d+(?:\.\d+)?[smhd]?(?![\w.])(?=[^"]*(?:"[^"]*"[^"]*)*$)/g,
    changes: ([text]) => thresholds(text),
  },
  {
    kind: "matcher",
    pattern: /(\w+)(=~|!~|!=|=)("[^"]*")/g,
    changes: ([text, label, operator = "", value]) => [[text, `${label}${negations[operator]}${value}`]],
  },
  {
    kind: "aggregation",
    pattern: /\b(max|min|sum|group) (by|without) (\([^)]*\)) ?/g,
    changes: ([text, operator = "", by, labels]) => [
      [text, ""],
      ...(opposites[operator] ? [[text, `${opposites[operator]} ${by} ${labels} `] as const] : []),
    ],
  },
];

/** Every way to break a rule in one place, its memory aside; comments are no part of it. */
export function mutationsOf(rule: Rule, memory: string): readonly Mutation[] {
  const expr = rule.expr.replace(/ *#.*$/gm, "");
  const broken = places.flatMap(({ kind, pattern, changes }) =>
    [...expr.matchAll(pattern)]
      .filter(([text]) => text !== memory)
      .flatMap((match) =>
        changes(match).map(([from, to]) => ({
          kind,
          change: `${from.trim()} → ${to.trim() || "nothing"} (${lineOf(expr, match.index)})`,
          rule: { ...rule, expr: expr.slice(0, match.index) + to + expr.slice(match.index + from.length) },
        })),
      ),
  );
  const waits = rule.for === undefined ? [] : thresholds(rule.for);
  return [
    ...broken,
    ...waits.map(([from, to]) => ({
      kind: "threshold" as const,
      change: `for: ${from} → ${to}`,
      rule: { ...rule, for: to },
    })),
  ];
}

function lineOf(text: string, index: number): string {
  const line = text.slice(text.lastIndexOf("\n", index - 1) + 1).split("\n")[0] ?? "";
  return line.trim();
}
