import { expect } from "vitest";
import type { ProjectConfig } from "../../src/config/config.ts";
import type { LoadResult } from "../../src/config/load-config.ts";
import { parseConfig } from "../support/load-config.ts";

export type Env = Readonly<Record<string, string>>;

/** A configuration without collectors whose project has these lines besides its name. */
export function projectText(lines: string): string {
  return `projects:\n  - name: prod\n    ${lines.trim().replaceAll("\n", "\n    ")}\ncollectors: []\n`;
}

/** @param folder in which `config.yaml` is said to be */
export async function parseProject(lines: string, env: Env = {}, folder = "/etc/cbr"): Promise<LoadResult> {
  return await parseConfig({ text: projectText(lines), file: `${folder}/config.yaml`, env });
}

/** The one project of a configuration that must be good. */
export async function goodProject(lines: string, env: Env = {}, folder = "/etc/cbr"): Promise<ProjectConfig> {
  const result = await parseProject(lines, env, folder);
  expect(result.ok ? [] : result.problems).toEqual([]);
  const [project] = result.ok ? result.config.projects : [];
  if (!project) throw new Error("the configuration is not good");
  return project;
}

export async function problemsOf(lines: string, env: Env = {}): Promise<readonly string[]> {
  const result = await parseProject(lines, env);
  return result.ok ? [] : result.problems;
}
