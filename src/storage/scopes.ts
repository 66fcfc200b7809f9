import type { Config, ProjectConfig } from "../config/config.ts";
import type { FactsDatabase } from "./facts-database.ts";
import { keyText, type Scope } from "./key.ts";

/** Where the facts of each project lie, by its name. */
export type Scopes = ReadonlyMap<string, Scope>;

/** Of two projects that turn out to be the same one, the first alone. */
export async function scopesOf({ projects }: Config, database: Pick<FactsDatabase, "get">): Promise<Scopes> {
  const scopes = new Map<string, Scope>();
  const taken = new Set<string>();
  for (const project of projects) {
    const scope = await scopeOf(project, database);
    const text = JSON.stringify(scope);
    if (!taken.has(text)) scopes.set(project.name, scope);
    taken.add(text);
  }
  return scopes;
}

/** A project's key where the configuration does not say its id, under which the id is remembered once it is known. */
export function nameKey(project: ProjectConfig): string {
  const { endpoint, project: name } = nameScope(project);
  return keyText(["project", endpoint, name]);
}

/** Whether the id is still to be found by the login. */
export function isByName({ project }: Scope): boolean {
  return project.includes("/");
}

async function scopeOf(project: ProjectConfig, database: Pick<FactsDatabase, "get">): Promise<Scope> {
  const byName = nameScope(project);
  if (project.id !== undefined) return { ...byName, project: project.id };
  const key = nameKey(project);
  const id = (await database.get([key])).get(key)?.value;
  return typeof id === "string" ? { ...byName, project: id } : byName;
}

function nameScope({ endpoint, auth, region = "" }: ProjectConfig): Scope {
  const domain = auth.method === "password" ? auth.domainName : "";
  // The URL standard writes the host in lower case and leaves the default port out.
  return { endpoint: new URL(endpoint).href.replace(/\/$/, ""), project: `${domain}/${region}` };
}
