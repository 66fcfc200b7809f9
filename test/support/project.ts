import { onTestFinished } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { createProjectApi, type ProjectApi } from "../../src/cbr/project-api.ts";
import type { Environment } from "../../src/config/expand-variables.ts";
import { type ProjectPart, projectConfig } from "./configs.ts";
import { type RecordedObserver, recordedObserver } from "./recorded-observer.ts";

/** A project's API that closes with the test. */
export function openProject(part: ProjectPart, env: Environment = {}): { api: ProjectApi; observer: RecordedObserver } {
  const observer = recordedObserver();
  const config = projectConfig({ timeoutMs: 20_000, ...part });
  const api = createProjectApi({ config, env, clock: systemClock, random: () => 0, observer });
  onTestFinished(async () => {
    api.stop();
    await api.close();
  });
  return { api, observer };
}
