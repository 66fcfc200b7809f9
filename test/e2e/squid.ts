import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort, type ServerProcess, startServer } from "./server-process.ts";
import { tool } from "./tools.ts";

/** A real squid that wants the login `exporter:right`. */
export interface Squid {
  /** `host:port`. */
  readonly address: string;
  /** What its log says of each tunnel that was refused or has been closed: `407 cbr.cloud.test:443`. */
  asked(): readonly string[];
  /** From now on; before, it is stopped. */
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

/** @param hosts names that lead to 127.0.0.1 for whoever asks through it */
export async function openSquid(hosts: readonly string[]): Promise<Squid> {
  const folder = mkdtempSync(join(tmpdir(), "cbr-squid-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Started by root it becomes another user, who writes its logs.
  chmodSync(folder, 0o777);
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const port = await freePort();
  const hash = execFileSync(tool("openssl"), ["passwd", "-apr1", "right"], { encoding: "utf8" }).trim();
  const log = join(folder, "access.log");
  const config = put(
    "squid.conf",
    `http_port 127.0.0.1:${port}
hosts_file ${put("hosts", `127.0.0.1 ${hosts.join(" ")}\n`)}
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${put("passwd", `exporter:${hash}\n`)}
auth_param basic children 2
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
cache_mem 8 MB
access_log stdio:${log}
cache_log ${folder}/cache.log
coredump_dir ${folder}
pid_filename none
pinger_enable off
shutdown_lifetime 0 seconds
`,
  );
  let running: ServerProcess | undefined;
  return {
    address: `127.0.0.1:${port}`,
    asked: () =>
      [...(existsSync(log) ? readFileSync(log, "utf8") : "").matchAll(/\/(\d{3}) \d+ CONNECT (\S+)/g)].map(
        ([, status, target]) => `${status} ${target}`,
      ),
    async start() {
      running = await startServer("squid", ["-N", "-f", config], port);
    },
    async kill() {
      await running?.stop("SIGKILL");
    },
  };
}
