import { expect } from "vitest";
import { reveal } from "../../src/base/secret.ts";
import type { Config, ProjectConfig, SecretSource } from "../../src/config/config.ts";
import type { LoadResult } from "../../src/config/load-config.ts";
import { parseConfig } from "../support/load-config.ts";

export type Env = Readonly<Record<string, string>>;

/** A configuration without collectors whose project has these lines besides its name. */
export function projectText(lines: string): string {
  return `projects:\n  - name: prod\n    ${lines.trim().replaceAll("\n", "\n    ")}\ncollectors: []\n`;
}

/** @param folder in which `config.yaml` is said to be */
export function parseText(text: string, env: Env = {}, folder = "/etc/cbr"): Promise<LoadResult> {
  return parseConfig({ text, file: `${folder}/config.yaml`, env });
}

export function parseProject(lines: string, env?: Env, folder?: string): Promise<LoadResult> {
  return parseText(projectText(lines), env, folder);
}

/** The configuration that was read, which must be good. */
export function goodConfig(result: LoadResult): Config {
  expect(result.ok ? [] : result.problems).toEqual([]);
  if (!result.ok) throw new Error("the configuration is not good");
  return result.config;
}

/** The one project of a configuration that must be good. */
export async function goodProject(lines: string, env?: Env, folder?: string): Promise<ProjectConfig> {
  const [project] = goodConfig(await parseProject(lines, env, folder)).projects;
  if (!project) throw new Error("there is no project");
  return project;
}

export function problemsIn(result: LoadResult): readonly string[] {
  return result.ok ? [] : result.problems;
}

export async function problemsOf(lines: string, env?: Env): Promise<readonly string[]> {
  return problemsIn(await parseProject(lines, env));
}

/** A secret in clear, to compare with. */
export function revealed(source: SecretSource | undefined): string | undefined {
  if (source === undefined) return undefined;
  return "value" in source ? `value ${reveal(source.value)}` : `file ${source.file}`;
}
