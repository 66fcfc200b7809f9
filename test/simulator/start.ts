import { onTestFinished } from "vitest";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";

/** A simulator without latency that closes with the test. */
export async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ latencyMs: [0, 0], ...options });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** ShowOpLog with the right token and project. */
export function show(simulator: Simulator, id: string = vendorExample.id, init: RequestInit = {}): Promise<Response> {
  return fetch(`${simulator.url}/v3/${vendorProjectId}/operation-logs/${id}`, {
    headers: { "X-Auth-Token": "demo-token" },
    ...init,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects says which shape it is
export async function json(response: Response): Promise<any> {
  return response.json();
}
