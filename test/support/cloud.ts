import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { fromMillis, later } from "../../src/base/micros.ts";
import { createProjectApi, type ProjectApi } from "../../src/cbr/project-api.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import type { OperationLogBody, SimTask } from "../../src/simulator/tasks/sim-task.ts";
import { type ProjectPart, projectConfig } from "./configs.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { type RecordedObserver, recordedObserver } from "./recorded-observer.ts";

/** A simulated cloud that answers at once, with a project's API that asks it. */
export interface Cloud {
  readonly simulator: Simulator;
  readonly api: ProjectApi;
  readonly observer: RecordedObserver;
  close(): Promise<void>;
}

/** @param project what it has of its own; a function where that depends on the cloud's URL */
export async function startCloud(
  project: ProjectPart | ((url: string) => ProjectPart) = {},
  options: SimulatorOptions = {},
  clock: Clock = systemClock,
): Promise<Cloud> {
  const simulator = await startSimulator({
    latencyMs: [0, 0],
    tasks: [runningTask("a"), runningTask("b")],
    ...options,
  });
  const observer = recordedObserver();
  const part = typeof project === "function" ? project(simulator.url) : project;
  // Far more than an answer takes on a busy machine.
  const config = projectConfig({ endpoint: simulator.url, timeoutMs: 60_000, ...part });
  const api = createProjectApi({ config, env: {}, clock, random: () => 0, observer });
  return {
    simulator,
    api,
    observer,
    async close() {
      api.stop();
      await api.close();
      await simulator.close();
    },
  };
}

/** A cloud that closes with the test. */
export async function openCloud(...options: Parameters<typeof startCloud>): Promise<Cloud> {
  const cloud = await startCloud(...options);
  onTestFinished(() => cloud.close());
  return cloud;
}

/**
 * A cloud whose time, and its client's, is moved by hand: no wait ends by itself, and the rate is unlimited for that.
 *
 * @param aheadMs how far the client's wall clock is ahead of the cloud's
 */
export async function openTimedCloud(
  project: ProjectPart | ((url: string) => ProjectPart) = {},
  options: SimulatorOptions = {},
  aheadMs = 0,
): Promise<Cloud & { readonly clock: ManualClock }> {
  // From now on, for the header Date is the machine's.
  const clock = manualClock(systemClock.now());
  const cloud = await openCloud(
    (url) => ({
      rateLimit: Number.POSITIVE_INFINITY,
      ...(typeof project === "function" ? project(url) : project),
    }),
    { now: () => clock.now() / 1000, ...options },
    { ...clock, now: () => later(clock.now(), fromMillis(aheadMs)) },
  );
  return { ...cloud, clock };
}

/** A task of which the cloud always says the same, as wrong as a test needs it. */
export function fixedTask(id: string, body: OperationLogBody): SimTask {
  return { id, body: () => body };
}

export function runningTask(id: string): SimTask {
  return fixedTask(id, { id, status: "running", started_at: "2026-01-01T00:00:00" });
}

export function endedTask(id: string): SimTask {
  return fixedTask(id, {
    id,
    status: "success",
    started_at: "2026-01-01T00:00:00",
    ended_at: "2026-01-01T00:01:00",
  });
}
