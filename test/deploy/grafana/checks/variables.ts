import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { queriesOf } from "../dashboard-json.ts";

/** Those that Grafana brings. */
const builtIn = new Set(["__rate_interval", "__range", "__interval"]);

/** The variables that a text uses, with the format asked for. */
export function usesOf(text: string): readonly { readonly name: string; readonly format: string | undefined }[] {
  return [...text.matchAll(/\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g)].map(([, braced, format, bare]) => ({
    name: braced ?? bare ?? "",
    format,
  }));
}

/** A variable that is not defined stays in the query as it is written, and Prometheus refuses it. */
export function definedVariables(dashboard: Dashboard): readonly string[] {
  const defined = (dashboard.templating.list ?? []).map(({ name }) => name);
  return queriesOf(dashboard).flatMap(({ name, expression, kind }) =>
    usesOf(expression)
      .filter((use) => !builtIn.has(use.name))
      .filter((use) => {
        // A variable may use those before it alone: they are asked in this order.
        const own = kind === "variable" ? defined.indexOf(name.slice(1)) : defined.length;
        return !defined.slice(0, own).includes(use.name);
      })
      .map((use) => `${name}: $${use.name} is not defined`),
  );
}

/** A variable of several values is a regular expression: `=` would compare with its text. */
export function regexMatchers(dashboard: Dashboard): readonly string[] {
  return queriesOf(dashboard).flatMap(({ name, expression }) =>
    [...expression.matchAll(/(\w+)(=~|!~|!=|=)"\$/g)]
      .filter(([, , operator]) => operator !== "=~" && operator !== "!~")
      .map(([, label, operator]) => `${name}: ${label}${operator} does not take several values`),
  );
}

/** "All" must also stand for what has no such label, and for what is new since the list was read. */
export function choices(dashboard: Dashboard): readonly string[] {
  return (dashboard.templating.list ?? [])
    .filter(({ type, hide }) => (type === "query" || type === "custom") && !hide)
    .flatMap(({ name, multi, includeAll, allValue, label, description }) => [
      ...(multi && includeAll && allValue === ".*" ? [] : [`$${name}: has no All that matches everything`]),
      ...(label && (description || name === "datasource") ? [] : [`$${name}: does not say what it is`]),
    ]);
}
