import { createProjectApi, type ProjectApi } from "../../src/cbr/project-api.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { ProjectConfig } from "../../src/config/config.ts";
import { fixedTask, type SimTask } from "../../src/simulator/sim-task.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { projectConfig } from "./configs.ts";
import { type RecordedObserver, recordedObserver } from "./recorded-observer.ts";

/** A simulated cloud that answers at once, with a project's API that asks it. */
export interface Cloud {
  readonly simulator: Simulator;
  readonly api: ProjectApi;
  readonly observer: RecordedObserver;
  close(): Promise<void>;
}

export async function startCloud(
  project: Partial<ProjectConfig> = {},
  options: SimulatorOptions = {},
  clock: Clock = systemClock,
): Promise<Cloud> {
  const simulator = await startSimulator({
    latencyMs: [0, 0],
    tasks: [runningTask("a"), runningTask("b")],
    ...options,
  });
  const observer = recordedObserver();
  const config = projectConfig({ endpoint: simulator.url, ...project });
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

/** The machine's clock, but every wait is over in a twentieth of its time. */
export const hastyClock: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * 20,
  after: (ms, call) => systemClock.after(ms / 20, call),
};

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
