import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, type Program, startProgram, watch } from "../program.ts";
import { tool } from "./tools.ts";

const checkMs = 200;

let folder: string;
let exporter: Program;
let haproxy: Program;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cbr-haproxy-"));
  writeFileSync(
    join(folder, "config.yaml"),
    "projects: [{ name: p, id: p, region: x, auth: { token: t } }]\ncollectors: []\n",
  );
  exporter = startProgram([`--config.file=${folder}/config.yaml`, "--web.listen-address=127.0.0.1:0"]);
  const { host } = new URL(await addressOf(exporter));
  writeFileSync(
    join(folder, "haproxy.cfg"),
    `global
  log stderr format raw daemon
defaults
  mode http
  log global
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  option log-health-checks
  default-server check inter ${checkMs} fall 1 rise 1
frontend front
  bind unix@${folder}/front.sock
  default_backend by_default
backend by_default
  option httpchk
  server exporter ${host}
backend by_readiness
  option httpchk OPTIONS /-/ready
  server exporter ${host}
backend by_get
  option httpchk
  http-check send meth GET uri /-/ready ver HTTP/1.1 hdr Host exporter
  server exporter ${host}
`,
  );
  haproxy = watch(spawn(tool("haproxy"), ["-db", "-f", join(folder, "haproxy.cfg")]));
});

afterAll(async () => {
  for (const program of [haproxy, exporter]) {
    program?.process.kill("SIGKILL");
    await program?.exited;
  }
  rmSync(folder, { recursive: true });
});

const checked = (backend: string, how: string, code: number, status: string): RegExp =>
  new RegExp(`server ${backend}/exporter ${how}, reason: Layer7 .*code: ${code}, .*status: \\d/1 ${status}`);

test("its default check, OPTIONS / HTTP/1.0, finds the exporter up", async () => {
  await haproxy.seen(checked("by_default", "succeeded", 200, "UP"));
});

test("so do checks of readiness, by OPTIONS and by GET", async () => {
  await haproxy.seen(checked("by_readiness", "succeeded", 200, "UP"));
  await haproxy.seen(checked("by_get", "succeeded", 200, "UP"));
});

test("a scrape goes through it", async () => {
  const status = await new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(folder, "front.sock"), path: "/metrics" }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    asked.on("error", reject).end();
  });
  expect(status).toBe(200);
});

test("once the exporter drains, it is down for who checks readiness, while it still answers", async () => {
  const before = haproxy.stderr().length;
  exporter.process.kill("SIGTERM");
  await haproxy.seen(checked("by_readiness", "failed", 503, "DOWN"));
  await haproxy.seen(checked("by_get", "failed", 503, "DOWN"));
  expect(await exporter.exited).toBe(0);
  // What does not look at readiness finds it gone, later.
  await haproxy.seen(/server by_default\/exporter failed, reason: Layer4/);
  const after = haproxy.stderr().slice(before);
  expect(after.search(/by_readiness\/exporter failed/)).toBeLessThan(after.search(/by_default\/exporter failed/));
});
