import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manyTasks } from "../dist/simulator/tasks/many-tasks.js";

/** Simulators, exporters and Prometheuses for a bench, all on loopback; `end` ends all. */
export class Stage {
  #folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
  #children = [];

  /**
   * A simulator with so many tasks, and an exporter that watches them; or with so many servers that are backed up every night,
   * and an exporter that finds that.
   *
   * @returns where it listens, `host:port`, and its process
   */
  async exporterOf(count, { things = "tasks", schedule = "0 */2 * * * *", flags = [] } = {}) {
    const cloud = await this.#start(["dist/simulator/main.js", `--${things}=${count}`], /(http:\/\/[\d.:]+)/);
    const config = join(this.#folder, `${count}-${things}.yaml`);
    const listed = () => ["tasks:", ...manyTasks(count).map(({ id }) => `  - ${id}`)].join("\n    ");
    writeFileSync(
      config,
      `projects:
  - name: bench
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: ${cloud.address}
    auth: { token: demo-token }
    rate_limit: 1000
    concurrency: 16
collectors:
  - name: many
    schedule: "${schedule}"
    ${things === "tasks" ? listed() : "discover: { since: 14d, keep: 0s }"}
`,
    );
    const exporter = ["dist/main.js", `--config.file=${config}`, "--web.listen-address=127.0.0.1:0", ...flags];
    return this.#start(exporter, /msg="Listening on" address=(\S+)/);
  }

  /**
   * The same, and a Prometheus that scrapes the exporter every 15 s.
   *
   * @param rules file of rules to evaluate every 15 s
   * @returns the address of Prometheus's API
   */
  async prometheusOf(count, { things = "tasks", rules } = {}) {
    const { address } = await this.exporterOf(count, { things });
    const scrapes = join(this.#folder, `${count}-${things}-prometheus.yaml`);
    writeFileSync(
      scrapes,
      `global: { scrape_interval: 15s, evaluation_interval: 15s }
rule_files: ${JSON.stringify(rules ? [rules] : [])}
scrape_configs:
  - job_name: cbr
    static_configs: [{ targets: ["${address}"] }]
`,
    );
    const prometheus = [
      `--config.file=${scrapes}`,
      `--storage.tsdb.path=${join(this.#folder, `${count}-${things}`)}`,
      "--web.listen-address=127.0.0.1:0",
    ];
    const { address: api } = await this.#start(prometheus, /msg="Listening on" address=(\S+)/, "prometheus");
    return `http://${api}/api/v1`;
  }

  /** Starts a program and waits until its output says where it listens. */
  #start(args, pattern, command = process.execPath) {
    const child = spawn(command, args);
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      let output = "";
      const look = (chunk) => {
        output += chunk;
        const match = pattern.exec(output);
        if (match) resolve({ address: match[1], child });
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.on("error", (error) => reject(new Error(`${command}: ${error.message}; apt-get install prometheus`)));
      child.on("exit", () => reject(new Error(`${command} ended: ${output}`)));
    });
  }

  async end() {
    for (const child of this.#children) child.removeAllListeners("exit").kill();
    await Promise.all(this.#children.map((child) => new Promise((resolve) => child.once("close", resolve))));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
