import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { addressOf, watch } from "../program.ts";
import { tool } from "./tools.ts";

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** An alert as Prometheus's API gives it. */
interface PendingOrFiring {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

/** A real Prometheus that scrapes and evaluates every second. */
export interface Prometheus {
  /** The `data` of its API's answer; what it warns about is an error here. @param path such as `query_range` */
  ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown>;
  /** The result of an instant query. */
  query(expression: string): Promise<readonly Sample[]>;
  /** The alerts that fire under that name. */
  firing(alertname: string): Promise<readonly PendingOrFiring[]>;
  /** How often the rules of that group have been evaluated. */
  evaluations(group: string): Promise<number>;
  /** Scrapes these from now on. */
  retarget(targets: readonly string[]): void;
  log(): string;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** `host:port` of what job `cbr` scrapes. */
  readonly targets: readonly string[];
  /** Files. */
  readonly rules?: readonly string[];
  /** `host:port`. */
  readonly alertmanager?: string;
  /** Where the data of an earlier one is, and stays; without it, a folder that goes with the program. */
  readonly folder?: string;
}

/** @param options those, or the `host:port` of what job `cbr` scrapes */
export async function startPrometheus(options: PrometheusOptions | string): Promise<Prometheus> {
  const {
    targets,
    rules = [],
    alertmanager,
    folder: kept,
  } = typeof options === "string" ? { targets: [options] } : options;
  const folder = kept ?? mkdtempSync(join(tmpdir(), "cbr-prometheus-"));
  const retarget = (now: readonly string[]): void =>
    writeFileSync(join(folder, "targets.json"), JSON.stringify([{ targets: now }]));
  retarget(targets);
  writeFileSync(
    join(folder, "prometheus.yml"),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ${JSON.stringify(rules)}
alerting:
  alertmanagers: [{ static_configs: [{ targets: ${JSON.stringify(alertmanager ? [alertmanager] : [])} }] }]
scrape_configs:
  - job_name: cbr
    file_sd_configs: [{ files: ["${folder}/targets.json"] }]
`,
  );
  const program = watch(
    spawn(tool("prometheus"), [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      // What a test brings may be of any year.
      "--storage.tsdb.retention.time=100y",
      "--web.listen-address=127.0.0.1:0",
      "--web.external-url=http://prometheus.example.com:9090/",
      // What fires before Alertmanager is discovered is lost, and told again after this.
      "--rules.alert.resend-delay=5s",
    ]),
  );
  await program.seen(/Server is ready to receive web requests/);
  const base = await addressOf(program);

  async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, warnings, data } = (await answer.json()) as {
      status: string;
      error?: string;
      warnings?: string[];
      data: unknown;
    };
    if (status !== "success" || warnings) {
      throw new Error(`${Object.values(parameters)[0]}: ${error ?? warnings?.join("; ")}`);
    }
    return data;
  }

  return {
    ask,
    async query(query) {
      return ((await ask("query", { query })) as { result: Sample[] }).result;
    },
    async firing(alertname) {
      const { alerts } = (await ask("alerts", {})) as { alerts: PendingOrFiring[] };
      return alerts.filter(({ labels, state }) => labels["alertname"] === alertname && state === "firing");
    },
    async evaluations(group) {
      const text = await (await fetch(`${base}/metrics`)).text();
      const [, count] =
        text.match(new RegExp(`^prometheus_rule_group_iterations_total\\{.*;${group}"\\} (\\d+)$`, "m")) ?? [];
      return Number(count ?? 0);
    },
    retarget,
    log: program.stderr,
    async stop() {
      program.process.kill();
      await program.exited;
      if (kept === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the query has a result. @returns it */
export async function result(prometheus: Prometheus, expression: string, ms = 40_000): Promise<readonly Sample[]> {
  await expect
    .poll(() => prometheus.query(expression), { timeout: ms, interval: 500, message: expression })
    .not.toEqual([]);
  return prometheus.query(expression);
}

/** Lines in which Prometheus complains about a scrape: samples refused, duplicates, text it cannot parse. */
export function scrapeWarnings(prometheus: Prometheus): readonly string[] {
  return prometheus
    .log()
    .split("\n")
    .filter((line) => /level=(?:warn|error)/.test(line));
}
