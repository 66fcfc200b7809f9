import { onTestFinished } from "vitest";
import { authorization, sdkDate } from "../../src/cbr/auth/sign.ts";
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

/** A page of one of CBR's lists. @param path with its query */
export async function listPage(simulator: Simulator, path: string) {
  const headers = { "X-Auth-Token": "demo-token" };
  const response = await fetch(`${simulator.url}/v3/${vendorProjectId}/${path}`, { headers });
  return { status: response.status, body: await json(response) };
}

export interface SignedOptions {
  readonly access?: string;
  readonly secret?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Sent and signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent alone. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly body?: string;
}

/** The headers of a GET, signed with the demo's key unless told otherwise. */
export function signed(target: string, options: SignedOptions): Record<string, string> {
  const { access = "DEMOACCESSKEY", secret = "demo-secret-key", at, unsigned, body } = options;
  const date = sdkDate(at);
  const headers = { "x-sdk-date": date, ...options.headers };
  const request = { method: "GET", url: new URL(target), headers, ...(body !== undefined && { body }) };
  return { ...headers, authorization: authorization(request, { access, secret }, date), ...unsigned };
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects says which shape it is
export async function json(response: Response): Promise<any> {
  return response.json();
}
