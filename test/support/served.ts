import { onTestFinished } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { onlyShard } from "../../src/base/shard.ts";
import type { LoadResult } from "../../src/config/load-config.ts";
import { type Running, type ServeOptions, serve } from "../../src/serve.ts";
import { build } from "../metrics/support.ts";
import { recordedLog } from "./recorded-log.ts";

export interface Served {
  readonly running: Running;
  readonly log: ReturnType<typeof recordedLog>;
  /** Of its first listener. */
  readonly url: string;
  /** What `/metrics` shows. */
  scrape(): Promise<string>;
}

export const loopback = { host: "127.0.0.1", port: 0 };
export const settings = {
  listen: [loopback],
  routePrefix: "/",
  telemetryPath: "/metrics",
  maxRequests: 40,
  lifecycle: false,
  shard: onlyShard,
};

/** An exporter with its web side; whoever starts it stops it. */
export async function startServed(options: Partial<ServeOptions> & Pick<ServeOptions, "config">): Promise<Served> {
  const log = recordedLog();
  const load = () => Promise.reject(new Error("nothing is loaded anew here"));
  const running = await serve({
    settings,
    shown: "",
    load,
    build,
    clock: systemClock,
    random: () => 0.5,
    log,
    env: {},
    ...options,
  });
  const url = `http://${running.listeners[0]?.address}`;
  return { running, log, url, scrape: async () => (await fetch(`${url}/metrics`)).text() };
}

/** One of what was loaded, on the machine's clock, that stops with the test. */
export async function openServed(loaded: LoadResult, options: Partial<ServeOptions> = {}): Promise<Served> {
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const served = await startServed({ config: loaded.config, ...options });
  onTestFinished(() => served.running.stop());
  return served;
}
