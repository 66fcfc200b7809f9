import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Program, projectRoot, watch } from "../program.ts";
import { tool } from "./tools.ts";

/** Starts the stack, with a folder for temporary files that nobody else uses. */
function startStack(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Program & { readonly temp: string } {
  const temp = mkdtempSync(join(tmpdir(), "cbr-demo-stack-"));
  const program = watch(
    spawn(process.execPath, [`${projectRoot}scripts/demo-stack.mjs`, ...args], {
      env: { ...process.env, TMPDIR: temp, ...env },
    }),
  );
  onTestFinished(async () => {
    program.process.kill();
    await program.exited;
  });
  return { ...program, temp };
}

/** Where to look, as the stack says, by name. */
async function addresses({ stdout }: Program): Promise<Record<string, string>> {
  await expect.poll(stdout, { timeout: 30_000 }).toContain("Ctrl-C ends everything.");
  return Object.fromEntries(
    [...stdout().matchAll(/^(\w+) +(http:\S+?:\d+)\//gm)].map(([, name = "", url = ""]) => [name, url]),
  );
}

/** @returns what a connection to each of them ends with */
function refusals(urls: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    urls.map((url) =>
      fetch(url).then(
        () => "an answer",
        (error: { readonly cause?: { readonly code?: string } }) => error.cause?.code ?? "another error",
      ),
    ),
  );
}

/** Process id of the child whose arguments contain the text. */
function child(program: Program, text: string): number {
  const parent = program.process.pid;
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ");
  return Number(children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text)));
}

test("shows the failed task in Prometheus, in Alertmanager and to who is on call; SIGTERM leaves nothing", async () => {
  for (const name of ["prometheus", "prometheus-alertmanager"] as const) tool(name);
  const stack = startStack();
  const { Tasks, Alerts, Graph, Alertmanager } = await addresses(stack);
  const failed = expect.objectContaining({ alertname: "CBRTaskFailed", project: "demo", severity: "critical" });

  const fired = async (): Promise<unknown> => {
    const { data } = (await (await fetch(`${Alerts}/api/v1/alerts`)).json()) as { data: { alerts: unknown[] } };
    return data.alerts;
  };
  await expect
    .poll(fired, { timeout: 60_000, interval: 500 })
    .toContainEqual(expect.objectContaining({ labels: failed, state: "firing" }));
  const held = async (): Promise<unknown> => (await fetch(`${Alertmanager}/api/v2/alerts`)).json();
  await expect
    .poll(held, { timeout: 30_000, interval: 500 })
    .toContainEqual(expect.objectContaining({ labels: failed, receivers: [{ name: "pager" }] }));
  await expect
    .poll(stack.stdout, { timeout: 30_000 })
    .toContain('pager: FIRING CBR task failed: files "old" \\nas (project demo)\n');

  stack.process.kill("SIGTERM");
  expect(await stack.exited).toBe(0);
  const urls = [Tasks, Alerts, Alertmanager].map((url) => url ?? "");
  expect(Graph).toBe(Alerts);
  expect(await refusals(urls)).toEqual(["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
  expect(readdirSync(stack.temp)).toEqual([]);
  expect(stack.stderr()).toBe("");
});

test.each(["The demo", "Prometheus", "Alertmanager"])("when %s dies, all end", async (name) => {
  const stack = startStack();
  const urls = Object.values(await addresses(stack));
  const argument = { "The demo": "--demo", Prometheus: "tsdb", Alertmanager: "--cluster" }[name] ?? "";
  process.kill(child(stack, argument), "SIGKILL");
  expect(await stack.exited).toBe(1);
  expect(stack.stderr()).toContain(`${name} ended by itself`);
  expect(new Set(await refusals(urls))).toEqual(new Set(["ECONNREFUSED"]));
  expect(readdirSync(stack.temp)).toEqual([]);
});

test("a program that is missing is named, with what to install", async () => {
  const stack = startStack([], { PATH: "" });
  expect(await stack.exited).toBe(1);
  expect(stack.stderr()).toBe(
    "prometheus and prometheus-alertmanager missing: apt-get install prometheus prometheus-alertmanager\n",
  );
  expect(readdirSync(stack.temp)).toEqual([]);
});

test("a port that is taken is named, and nothing is left", async () => {
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await expect.poll(() => server.listening).toBe(true);
  const { port } = server.address() as AddressInfo;
  const stack = startStack([`--prometheus=${port}`]);
  expect(await stack.exited).toBe(1);
  expect(stack.stderr()).toBe(`port ${port} is taken\n`);
  expect(readdirSync(stack.temp)).toEqual([]);
});
