// The whole picture on one machine: demo → Prometheus with the project's alerts → Alertmanager with the project's
// routes → whoever is notified, all on loopback. Needs the programs of Debian's packages.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Children } from "./stack/children.mjs";
import { alertmanagerConfig, prometheusConfig } from "./stack/configs.mjs";
import { findProgram } from "./stack/find-program.mjs";
import { listenForNotifications } from "./stack/notifications.mjs";
import { reservePort } from "./stack/ports.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cbr-stack-"));
const children = new Children(folder, (message) => void end(1, message));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void end(0));

try {
  await run();
} catch (error) {
  await end(1, error.message);
}

async function run() {
  const missing = ["prometheus", "prometheus-alertmanager"].filter((program) => !findProgram(program));
  if (missing.length > 0) throw new Error(`${missing.join(" and ")} missing: apt-get install ${missing.join(" ")}`);
  const ports = await chosenPorts();

  const receivers = await listenForNotifications({ host: "127.0.0.1", port: 0 }, (line) => console.log(line));
  const routes = readFileSync(join(root, "deploy/alertmanager/alertmanager.yaml"), "utf8");
  writeFileSync(join(folder, "alertmanager.yaml"), alertmanagerConfig(routes, receivers.address().port));
  copyFileSync(join(root, "deploy/prometheus/alerts.yaml"), join(folder, "alerts.yaml"));
  writeFileSync(join(folder, "prometheus.yml"), prometheusConfig(ports));

  const address = (port) => `127.0.0.1:${port}`;
  children.start("The demo", process.execPath, [
    join(root, "dist/main.js"),
    "--demo",
    `--web.listen-address=${address(ports.exporter)}`,
  ]);
  children.start("Alertmanager", findProgram("prometheus-alertmanager"), [
    "--config.file=alertmanager.yaml",
    "--storage.path=alertmanager",
    `--web.listen-address=${address(ports.alertmanager)}`,
    `--web.external-url=http://${address(ports.alertmanager)}/`,
    "--cluster.listen-address=",
  ]);
  children.start("Prometheus", findProgram("prometheus"), [
    "--config.file=prometheus.yml",
    "--storage.tsdb.path=prometheus",
    `--web.listen-address=${address(ports.prometheus)}`,
    `--web.external-url=http://${address(ports.prometheus)}/`,
  ]);
  for (const port of Object.values(ports)) await ready(`http://${address(port)}/-/ready`);
  if (children.ending) return;
  // Debian's Prometheus has the old pages alone.
  const pages = (await fetch(`http://${address(ports.prometheus)}/alerts`)).ok ? "" : "classic/";
  console.log(`
Tasks         http://${address(ports.exporter)}/
Alerts        http://${address(ports.prometheus)}/${pages}alerts
Graph         http://${address(ports.prometheus)}/${pages}graph?g0.expr=cbr_task_progress_ratio&g0.tab=0&g0.range_input=5m
Alertmanager  http://${address(ports.alertmanager)}/
              Debian's has no page there: amtool --alertmanager.url=http://${address(ports.alertmanager)} alert

Within half a minute a copy times out and a replication fails; what people would be told is printed here.
Ctrl-C ends everything.
`);
}

/** Free ports, but for those that the flags name. */
async function chosenPorts() {
  const option = { type: "string", default: "0" };
  const { values } = parseArgs({ options: { exporter: option, prometheus: option, alertmanager: option } });
  const ports = {};
  for (const [name, value] of Object.entries(values)) {
    if (!/^\d{1,5}$/.test(value)) throw new Error(`--${name}=${value}: not a port`);
    ports[name] = await reservePort(Number(value));
  }
  return ports;
}

async function ready(url) {
  for (const deadline = Date.now() + 30_000; !children.ending; ) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await new Promise((later) => setTimeout(later, 200));
  }
}

async function end(code, message) {
  if (children.ending) return;
  if (message) console.error(message);
  await children.end();
  process.exit(code);
}
