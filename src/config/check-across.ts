import { isId, isLabelName, isName } from "../base/patterns.ts";
import { checkProject, type ProjectContext } from "./check-project.ts";
import { hint, nearestKey } from "./nearest-key.ts";
import type { Path } from "./path.ts";
import type { Report } from "./problem.ts";
import { regionEndpoints } from "./region-endpoint.ts";
import { isReservedLabel } from "./reserved-labels.ts";
import { sdkEnvironment } from "./sdk-environment.ts";
import { isTimezone } from "./timezone.ts";
import { broughtBy, child, items, type MapTree, type Placed, type Tree, textOf } from "./yaml/tree.ts";

/**
 * Checks the rules that join several keys, or whose subject is a key.
 * It walks the tree, since a schema does not look across keys once one of them is wrong;
 * what a schema has reported already is passed over here.
 */
export function checkAcross(tree: Tree, context: ProjectContext): void {
  checkNames("projects", child(tree, "projects"), context);
  checkNames("collectors", child(tree, "collectors"), context);
  checkSameProject(items(child(tree, "projects")), context);
  for (const [index, project] of items(child(tree, "projects")).entries()) {
    if (project.kind === "map") checkProject(project, ["projects", index], context);
  }
  for (const [index, collector] of items(child(tree, "collectors")).entries()) {
    if (collector.kind !== "map") continue;
    const path = ["collectors", index];
    checkCollector(collector, path, context);
    checkProjectReference(collector, path, items(child(tree, "projects")), context);
  }
}

function checkNames(key: string, list: Tree | undefined, { report }: ProjectContext): void {
  const names = new Map<string, { readonly index: number; readonly name: Tree }>();
  for (const [index, item] of items(list).entries()) {
    const name = child(item, "name");
    const text = textOf(name);
    if (name === undefined || text === undefined || !isName(text)) continue;
    const first = names.get(text);
    if (first === undefined) names.set(text, { index, name });
    else {
      const message = `is the name of ${key}[${first.index}] already; names must be unique`;
      report({ at: broughtBy(first.name, name) ?? name.at, path: [key, index, "name"], message });
    }
  }
}

/** A project under two names would be asked twice, and each of its tasks shown twice. */
function checkSameProject(projects: readonly Tree[], { report, env }: ProjectContext): void {
  const known = new Map<string, { readonly index: number; readonly project: Tree; readonly id: Placed }>();
  for (const [index, project] of projects.entries()) {
    const given = child(project, "id");
    // Without `auth` the environment may have the id.
    const fromEnvironment = child(project, "auth") === undefined ? sdkEnvironment(env).projectId : undefined;
    const text = given === undefined ? fromEnvironment : textOf(given);
    const endpoint = endpointOf(project);
    if (text === undefined || !isId(text) || endpoint === undefined) continue;
    const id = given ?? project;
    const key = `${text} ${endpoint}`;
    const first = known.get(key);
    if (first === undefined) known.set(key, { index, project, id });
    else if (textOf(child(first.project, "name")) !== textOf(child(project, "name"))) {
      const message = `projects[${first.index}] has this id and endpoint already; write a project once`;
      report({ at: broughtBy(first.id, id) ?? id.at, path: ["projects", index, "id"], message });
    }
  }
}

/** The base URL of a project's API; undefined while it is not known. */
function endpointOf(project: Tree): string | undefined {
  const endpoint = child(project, "endpoint");
  const region = textOf(child(project, "region"));
  const text = endpoint ? textOf(endpoint) : region && regionEndpoints(region).endpoint;
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { origin, pathname } = new URL(text);
  return origin + pathname.replace(/\/+$/, "");
}

function checkCollector(collector: MapTree, path: Path, { report, isMisspelt }: ProjectContext): void {
  const files = child(collector, "task_files");
  const hasTasks = collector.entries.has("tasks") || isMisspelt(path, "tasks") || isMisspelt(path, "task_files");
  const hasFiles = files !== undefined && (files.kind !== "list" || files.items.length > 0);
  if (!hasTasks && !hasFiles) {
    report({ at: collector.at, path, message: "tasks or task_files is missing; write tasks: [] for none" });
  }
  checkTimezone(child(collector, "timezone"), [...path, "timezone"], report);
  checkLabelNames(child(collector, "labels"), [...path, "labels"], report);
  checkTaskLabels(child(collector, "tasks"), [...path, "tasks"], report);
}

/** Checks the names of the extra labels of a list of tasks, in the configuration or in a task file. */
export function checkTaskLabels(tasks: Tree | undefined, path: Path, report: Report): void {
  for (const [index, task] of items(tasks).entries()) {
    checkLabelNames(child(task, "labels"), [...path, index, "labels"], report);
  }
}

function checkLabelNames(labels: Tree | undefined, path: Path, report: Report): void {
  if (labels?.kind !== "map") return;
  for (const [name, { at }] of labels.entries) {
    if (!isLabelName(name)) {
      report({
        at,
        path: [...path, name],
        message: "a label's name must be letters, digits and _, not beginning with a digit",
      });
    } else if (isReservedLabel(name)) {
      report({ at, path: [...path, name], message: "this label name is reserved; choose another" });
    }
  }
}

function checkTimezone(timezone: Tree | undefined, path: Path, report: Report): void {
  if (timezone?.kind !== "text" || timezone.text === "" || isTimezone(timezone.text)) return;
  const quotable = !timezone.expanded && /^[A-Za-z0-9_+/-]{1,64}$/.test(timezone.text);
  const nearest = quotable ? nearestKey(timezone.text, Intl.supportedValuesOf("timeZone")) : undefined;
  const word = quotable ? `unknown timezone "${timezone.text}"` : "unknown timezone";
  const advice = hint(nearest) || "; write an IANA name such as Europe/Berlin";
  report({ at: timezone.at, path, message: word + advice });
}

function checkProjectReference(
  collector: MapTree,
  path: Path,
  projects: readonly Tree[],
  { report, isMisspelt }: ProjectContext,
): void {
  const reference = child(collector, "project");
  if (reference === undefined) {
    if (projects.length < 2 || isMisspelt(path, "project")) return;
    const message = "is missing; it may be left out only when there is one project";
    report({ at: collector.at, path: [...path, "project"], message });
    return;
  }
  const name = textOf(reference);
  const names = projects.map((project) => child(project, "name"));
  // A project whose own name is wrong may be the one that is meant.
  const allNamed = names.length > 0 && names.every((tree) => isName(textOf(tree) ?? ""));
  if (reference.kind !== "text" || name === undefined || !isName(name) || !allNamed) return;
  if (names.some((tree) => textOf(tree) === name)) return;
  const quotableNames = names.flatMap((tree) => (tree?.kind === "text" && !tree.expanded ? [tree.text] : []));
  const word = reference.expanded ? "unknown project" : `unknown project "${name}"`;
  const nearest = reference.expanded ? undefined : nearestKey(name, quotableNames);
  const advice = hint(nearest) || "; write the name of one of the projects";
  report({ at: reference.at, path: [...path, "project"], message: word + advice });
}
