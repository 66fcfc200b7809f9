import { memory } from "../../../deploy/prometheus/alerts/promql.ts";
import { mutationsOf, thresholds } from "./mutations.ts";
import type { Group, Rule } from "./rule-file.ts";

/** A broken rule, with copies of all that is made from it, under names of their own. */
export interface Mutant {
  /** What is broken; undefined: nothing, so that all must be as with the rules themselves. */
  readonly change?: string;
  /** Names of the copies of alerts, and the alerts. */
  readonly alerts: ReadonlyMap<string, string>;
  /** The copies, by what they are copies of. */
  readonly copies: ReadonlyMap<Rule, Rule>;
}

/** All mutants of a rule, or of the two of one alert, and one of which nothing is broken. */
export function mutantsOf(name: string, groups: readonly Group[]): readonly Mutant[] {
  const rules = groups.flatMap((group) => group.rules);
  const own = rules.filter((rule) => nameOf(rule) === name);
  const changes = own.flatMap((rule) =>
    mutationsOf(rule, memory).map(({ kind, change, rule: broken }) => ({
      change: `${kind}: ${change}`,
      broken: new Map([[rule, broken]]),
    })),
  );
  // How long the rules remember is one number, wherever it stands.
  const remembering = [...own, ...neededBy(own, rules)].filter(({ expr }) => expr.includes(`[${memory}]`));
  const isAlert = own.some(({ alert }) => alert);
  const forgetful = thresholds(memory).map(([from, to]) => ({
    change: `memory: ${from} → ${to}`,
    broken: new Map(remembering.map((rule) => [rule, { ...rule, expr: rule.expr.replaceAll(`[${from}]`, `[${to}]`) }])),
  }));
  const intact = { change: undefined, broken: new Map(own.map((rule) => [rule, rule])) };
  return [intact, ...changes, ...(isAlert && remembering.length > 0 ? forgetful : [])].map(({ change, broken }, n) => {
    const copies = copiesOf(broken, rules, `_${n}`);
    // Of an alert, its own copies alone tell, whatever else is made from a record that was broken for it.
    const alerts = [...copies].flatMap(([{ alert }, copy]) =>
      alert && copy.alert && (!isAlert || alert === name) ? [[copy.alert, alert] as const] : [],
    );
    return { ...(change !== undefined && { change }), alerts: new Map(alerts), copies };
  });
}

/** Rules that hold what these mutants are, and what they need, in the order of the originals. */
export function withMutants(mutants: readonly Mutant[], groups: readonly Group[]): readonly Group[] {
  const rules = groups.flatMap((group) => group.rules);
  const needed = neededBy(
    mutants.flatMap(({ copies }) => [...copies.values()]),
    rules,
  );
  return groups.map((group) => ({
    ...group,
    rules: group.rules.flatMap((rule) => [
      ...(needed.includes(rule) ? [rule] : []),
      ...mutants.flatMap(({ copies }) => copies.get(rule) ?? []),
    ]),
  }));
}

function copiesOf(broken: ReadonlyMap<Rule, Rule>, rules: readonly Rule[], suffix: string): ReadonlyMap<Rule, Rule> {
  const names = new Set([...broken.keys()].map(nameOf));
  // As often as names come to it: what is made from a copy is a copy.
  for (let before = 0; before < names.size; ) {
    before = names.size;
    for (const rule of rules) if (wordsOf(rule).some((word) => names.has(word))) names.add(nameOf(rule));
  }
  const copies = rules.filter((rule) => names.has(nameOf(rule)));
  return new Map(
    copies.map((rule) => {
      const { annotations: _, ...copy } = broken.get(rule) ?? rule;
      const expr = copy.expr.replace(/[\w:]+/g, (word) => (names.has(word) ? word + suffix : word));
      return [
        rule,
        { ...copy, ...(copy.alert ? { alert: copy.alert + suffix } : { record: copy.record + suffix }), expr },
      ];
    }),
  );
}

/** The records that these look at, and those that these look at. */
function neededBy(some: readonly Rule[], rules: readonly Rule[]): readonly Rule[] {
  const words = new Set(some.flatMap(wordsOf));
  const needed = rules.filter((rule) => rule.record !== undefined && words.has(rule.record) && !some.includes(rule));
  return needed.length === 0 ? [] : rules.filter((rule) => [...needed, ...neededBy(needed, rules)].includes(rule));
}

function wordsOf({ expr }: Rule): readonly string[] {
  return expr.match(/[\w:]+/g) ?? [];
}

function nameOf({ alert, record }: Rule): string {
  return alert ?? record ?? "";
}
