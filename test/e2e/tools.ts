import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's package of each program that the tests need from outside npm. */
const packages = {
  promtool: "prometheus",
  prometheus: "prometheus",
  "prometheus-alertmanager": "prometheus-alertmanager",
  amtool: "prometheus-alertmanager",
  chromium: "chromium",
  haproxy: "haproxy",
  faketime: "faketime",
  curl: "curl",
  openssl: "openssl",
  squid: "squid",
  nginx: "nginx",
  "keystone-manage": "keystone",
  "keystone-wsgi-public": "keystone",
  python3: "python3-venv",
} as const;

export type ToolName = keyof typeof packages;

/** @returns the program's path. @throws {Error} that says what to install: a missing tool is a failure, never a skip */
export function tool(name: ToolName): string {
  // Servers lie where the path of a plain user does not look.
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"]) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // In another folder, perhaps.
    }
  }
  throw new Error(`${name} is missing; install it: apt-get install ${packages[name]}`);
}

/** What promtool has to say about a scrape; `""` when it is content. */
export function promtoolCheck(scrape: string): string {
  const { status, stdout, stderr } = spawnSync(tool("promtool"), ["check", "metrics"], {
    input: scrape,
    encoding: "utf8",
  });
  return status === 0 ? stdout + stderr : `exit ${status}: ${stdout}${stderr}`;
}
