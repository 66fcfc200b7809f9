import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { addressOf, projectRoot, startProgram, watch } from "../program.ts";
import { runningTask } from "../support/cloud.ts";
import { tool } from "./tools.ts";

const page = `${projectRoot}docs/operating.md`;

const config = (tasks: string): string => `projects:
  - name: prod
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: https://cbr.example.com
    auth: { token: demo-token }
collectors:
  - name: weekend
    schedule: "*/30 * * * * *"
    tasks: [ ${tasks} ]
`;

test("docs/operating.md says what its commands print (vitest -u writes it)", async () => {
  tool("curl");
  const simulator = await startSimulator({ latencyMs: [0, 0], tasks: ["a", "b"].map(runningTask) });
  onTestFinished(() => simulator.close());
  const put = (tasks: string) =>
    writeFileSync(join(folder, "config.yaml"), config(tasks).replace("https://cbr.example.com", simulator.url));
  const folder = await tempFolder({});
  put("a");
  const program = startProgram(["--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle"], { cwd: folder });
  onTestFinished(async () => {
    program.process.kill("SIGKILL");
    await program.exited;
  });
  const { host } = new URL(await addressOf(program));
  await program.seen(/msg="Configuration loaded"/);

  async function run(command: string): Promise<string> {
    if (command.includes("exporter.log")) {
      await program.seen(/msg="Reload failed.*\n/);
      writeFileSync(join(folder, "exporter.log"), program.stderr());
    }
    const script = command
      .replaceAll("localhost:10035", host)
      .replaceAll("cbr-exporter", `"${process.execPath}" "${projectRoot}dist/main.js"`);
    const ran = watch(spawn("bash", ["-c", `exec 2>&1; ${script}`], { cwd: folder }));
    await ran.exited;
    return ran
      .stdout()
      .replaceAll(simulator.url, "https://cbr.example.com")
      .replace(/^time=\S+/gm, "time=2026-01-01T00:00:00.000Z");
  }

  /** The same text, with what its commands print now. */
  async function ran(text: string): Promise<string> {
    let result = text;
    for (const [whole, indent = "", block = ""] of text.matchAll(/^( *)```console\n(.*?)^\1```$/gms)) {
      const lines = ["```console"];
      for (const [, command = ""] of block.matchAll(/^ *\$ (.*)$/gm)) {
        lines.push(`$ ${command}`, ...(await run(command)).trimEnd().split("\n"));
      }
      result = result.replace(whole, () => [...lines, "```"].map((line) => `${indent}${line}`).join("\n"));
    }
    return result;
  }

  const [good = "", wrong = ""] = readFileSync(page, "utf8").split(/(?=^### One that is wrong$)/m);
  const first = await ran(good);
  put("a, b, b");
  await expect(first + (await ran(wrong))).toMatchFileSnapshot(page);
});
