import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { createProjectApi, type ProjectApi } from "../../src/cbr/project-api.ts";
import type { Environment } from "../../src/config/expand-variables.ts";
import { type ProjectPart, projectConfig } from "./configs.ts";
import { type RecordedObserver, recordedObserver } from "./recorded-observer.ts";

export interface OpenProjectOptions {
  readonly env?: Environment;
  readonly clock?: Clock;
}

/** A project's API that closes with the test; it waits far longer than an answer takes on a busy machine. */
export function openProject(
  part: ProjectPart,
  { env = {}, clock = systemClock }: OpenProjectOptions = {},
): { api: ProjectApi; observer: RecordedObserver } {
  const observer = recordedObserver();
  const config = projectConfig({ timeoutMs: 20_000, ...part });
  const api = createProjectApi({ config, env, clock, random: () => 0, observer });
  onTestFinished(() => api.close());
  return { api, observer };
}

/** The machine's clock, whose monotonic time is moved on by hand: what is looked at now and then is looked at again. */
export function shiftedClock(): Clock & { shift(ms: number): void } {
  let aheadMs = 0;
  return {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + aheadMs,
    shift(ms) {
      aheadMs += ms;
    },
  };
}
