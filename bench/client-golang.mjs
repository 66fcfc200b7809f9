import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const debian = "apt-get install golang golang-github-prometheus-client-golang-dev";

/** Builds the server of Go's client_golang. @returns how to start it; undefined where Go or the library are not installed */
export function buildClientGolang() {
  const folder = mkdtempSync(join(tmpdir(), "cbr-bench-go-"));
  const program = join(folder, "server");
  process.once("exit", () => rmSync(folder, { recursive: true }));
  try {
    const env = { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode" };
    execFileSync("go", ["build", "-o", program, "."], { cwd: join(import.meta.dirname, "client-golang"), env });
  } catch (error) {
    console.error(`client_golang is left out (${debian}): ${error.message.split("\n")[0]}`);
    return undefined;
  }
  return { start: (from) => startServer(program, from) };
}

/** @param from where the text is got from that it serves */
async function startServer(program, from) {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const url = new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).trim()));
    child.once("exit", (code) => reject(new Error(`the server of client_golang ended: ${code}`)));
  });
  process.once("exit", () => child.kill("SIGKILL"));
  child.stdin.end(await (await fetch(from, { headers: { accept: "text/plain" } })).text());
  await url;
  return {
    async call(method) {
      if (method === "url") return url;
      await fetch(new URL("/change", await url), { method: "PUT" });
    },
    end: () => child.kill("SIGKILL"),
  };
}
