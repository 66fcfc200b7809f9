import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { addressOf, startProgram } from "../program.ts";
import { createAuthority } from "../support/certificates.ts";
import { runningTask } from "../support/cloud.ts";
import { openSquid, type Squid } from "./squid.ts";

const cloudHost = "cbr.cloud.test";
const ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

interface Running {
  readonly simulator: Simulator;
  readonly squid: Squid;
  /** What it has written. */
  log(): string;
  /** Starts it anew, with another way to the cloud. */
  restart(proxy: string): Promise<void>;
  /** The value of a series; undefined while it is absent. */
  value(series: string): Promise<number | undefined>;
}

/**
 * The exporter, whose cloud is known by name to squid alone; it asks for ten tasks every two seconds.
 *
 * @param proxyOf the lines of the configuration, made of squid's address
 */
async function run(proxyOf: (squid: string) => string, env: (squid: string) => Record<string, string> = () => ({})) {
  const authority = createAuthority();
  const simulator = await startSimulator({
    latencyMs: [0, 0],
    tls: authority.issue({ names: [cloudHost, "localhost"] }),
    tasks: ids.map(runningTask),
  });
  onTestFinished(() => simulator.close());
  const squid = await openSquid([cloudHost]);
  await squid.start();
  const folder = mkdtempSync(join(tmpdir(), "cbr-behind-squid-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "ca.pem"), authority.ca);
  const write = (proxy: string): void =>
    writeFileSync(
      join(folder, "config.yaml"),
      `projects:
  - name: prod
    id: ${vendorProjectId}
    endpoint: https://${cloudHost}:${simulator.port}
    auth: { token: demo-token }
    rate_limit: 100
    tls_config: { ca_file: ca.pem }
    ${proxy}
  - name: near
    id: ${vendorProjectId}
    endpoint: https://localhost:${simulator.port}
    auth: { token: demo-token }
    tls_config: { ca_file: ca.pem }
    ${proxy.startsWith("proxy_url") ? "" : proxy}
collectors:
  - { name: far, project: prod, schedule: "*/2 * * * * *", tasks: [${ids.join(", ")}] }
  - { name: close, project: near, schedule: "*/2 * * * * *", tasks: [a] }
`,
    );
  write(proxyOf(squid.address));
  const args = ["--config.file", join(folder, "config.yaml"), "--web.listen-address", "127.0.0.1:0"];
  let program = startProgram(args, { env: env(squid.address) });
  let address = await addressOf(program);
  const end = async (): Promise<void> => {
    program.process.kill("SIGKILL");
    await program.exited;
  };
  onTestFinished(end);
  const running: Running = {
    simulator,
    squid,
    log: () => program.stderr(),
    async restart(proxy) {
      write(proxy);
      await end();
      program = startProgram(args, { env: env(squid.address) });
      address = await addressOf(program);
    },
    async value(series) {
      const text = await (await fetch(`${address}/metrics`)).text();
      const line = text.split("\n").find((each) => each.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length));
    },
  };
  return running;
}

const polled = (id: string): string => `cbr_task_poll_success{project="prod",task_id="${id}"}`;

test("wrong credentials: squid is asked seven times in 65 s at most; right ones work", async () => {
  const { squid, simulator, log, restart, value } = await run((address) => `proxy_url: http://exporter:Zq7@${address}`);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await expect.poll(() => squid.asked().length, { timeout: 10_000 }).toBe(3);
  await pause(65_000);
  // Three to begin with, then one after pauses of 5, 10 and 20 s at a tick each; the next is later than 70 s.
  expect(new Set(squid.asked())).toEqual(new Set([`407 ${cloudHost}:${simulator.port}`]));
  expect(squid.asked().length).toBeGreaterThanOrEqual(5);
  expect(squid.asked().length).toBeLessThanOrEqual(7);
  // What was not sent is not counted, but each task has its reason.
  const requests = await value('cbr_api_requests_total{project="prod",operation="ShowOpLog",code="none"}');
  expect(requests).toBe(squid.asked().length);
  for (const id of ids) {
    const reason = `cbr_task_poll_error_info{project="prod",task_id="${id}",reason="network"}`;
    expect(await value(reason)).toBe(1);
  }
  expect(log()).toMatch(/the proxy wants another login \(HTTP 407\).*check the credentials in proxy_url/);
  expect(log()).not.toMatch(/Zq7/);

  const before = squid.asked().length;
  await restart(`proxy_url: http://exporter:right@${squid.address}`);
  await expect.poll(() => value(polled("j")), { timeout: 10_000 }).toBe(1);
  // It may be a second older than the tasks.
  await expect.poll(() => value('cbr_up{project="prod"}'), { timeout: 10_000 }).toBe(1);
  expect(squid.asked().slice(before)).toEqual([]);
  expect(log()).not.toMatch(/right/);
});

test("the environment's proxy is asked for what NO_PROXY does not name", async () => {
  const { squid, value } = await run(
    () => "proxy_from_environment: true",
    (address) => ({ https_proxy: `exporter:right@${address}`, HTTPS_PROXY: "", no_proxy: "x.test, localhost." }),
  );
  await expect.poll(() => value(polled("a")), { timeout: 10_000 }).toBe(1);
  await expect.poll(() => value('cbr_up{project="near"}'), { timeout: 10_000 }).toBe(1);
  await squid.kill();
  // The one that needs no proxy goes on without it.
  const success = 'cbr_collector_runs_total{project="near",collector="close",result="success"}';
  const before = (await value(success)) ?? 0;
  await expect.poll(() => value(success), { timeout: 10_000 }).toBeGreaterThan(before + 1);
});

test("squid is killed and comes back: the project is down, and up again by itself", async () => {
  const { squid, log, value } = await run((address) => `proxy_url: http://exporter:right@${address}`);
  await expect.poll(() => value('cbr_up{project="prod"}'), { timeout: 10_000 }).toBe(1);
  await squid.kill();
  await expect.poll(() => value('cbr_up{project="prod"}'), { timeout: 60_000 }).toBe(0);
  expect(log()).toMatch(/the proxy refused the connection; check proxy_url \(or the environment\), and the proxy/);
  await squid.start();
  await expect.poll(() => value('cbr_up{project="prod"}'), { timeout: 30_000 }).toBe(1);
});
