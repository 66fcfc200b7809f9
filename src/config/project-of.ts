import { child, items, type Tree, textOf } from "./yaml/tree.ts";

/**
 * Within what a collector's tasks must be unique: the name of its project.
 * While that is not known, the collector stands for itself.
 */
export function projectOf(tree: Tree, collectorIndex: number): string {
  const projects = items(child(tree, "projects"));
  const reference = child(items(child(tree, "collectors"))[collectorIndex], "project");
  const [only, ...others] = projects;
  const name =
    textOf(reference) ?? (reference === undefined && others.length === 0 ? textOf(child(only, "name")) : undefined);
  const known = name !== undefined && projects.some((project) => textOf(child(project, "name")) === name);
  // A name never holds a space.
  return known ? name : ` ${collectorIndex}`;
}
