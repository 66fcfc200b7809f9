import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { shardOf } from "../src/base/shard.ts";
import { type SimulatorOptions, startSimulator } from "../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../src/simulator/tasks/sim-task.ts";
import { addressOf, type Program, type ProgramOptions, projectRoot, startProgram, watch } from "./program.ts";
import { runningTask } from "./support/cloud.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function start(args: readonly string[], options?: ProgramOptions): Program {
  const program = startProgram(args, options);
  cleanups.push(() => program.process.kill("SIGKILL"));
  return program;
}

async function simulator(options: SimulatorOptions = {}) {
  const cloud = await startSimulator({ latencyMs: [0, 0], ...options });
  cleanups.push(() => cloud.close());
  return cloud;
}

/** A daily schedule that comes due only after the tests. */
const inTwelveHours = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;

function configFile(endpoint: string, schedule = inTwelveHours, more = ""): string {
  const file = join(mkdtempSync(join(tmpdir(), "cbr-exporter-")), "config.yaml");
  writeFileSync(
    file,
    `projects:
  - name: prod
    id: ${vendorProjectId}
    endpoint: ${endpoint}
    auth: { token: demo-token }
${more}collectors:
  - { name: nightly, schedule: "${schedule}", tasks: [${vendorExample.id}] }
`,
  );
  return file;
}

/** The program, and the cloud that its configuration names. */
async function startWithCloud(flags: readonly string[] = [listen], options?: SimulatorOptions, schedule?: string) {
  const cloud = await simulator(options);
  const program = start([`--config.file=${configFile(cloud.url, schedule)}`, ...flags]);
  return { cloud, program };
}

const metrics = async (base: string): Promise<string> => (await fetch(`${base}/metrics`)).text();

const [pem = ""] = rootCertificates;
const programFile = "dist/main.js";
const simulatorFile = "dist/simulator/main.js";
const listen = "--web.listen-address=127.0.0.1:0";

describe("arguments", () => {
  test.each([
    ["--version prints the package's version", /^cbr-exporter \d+\.\d+\.\d+\n$/],
    ["--help names the flags", /--web.listen-address=…/],
  ])("%s", async (text, output) => {
    const program = start([text.split(" ")[0] ?? ""]);
    expect(await program.exited).toBe(0);
    expect(program.stdout()).toMatch(output);
  });

  test.each([
    ["an unknown flag", ["--config.fil=x"], /did you mean --config\.file\?/],
    ["a demo with a configuration", ["--demo", "--config.file=config.yaml"], /--demo brings its own configuration/],
    ["a bad address", ["--web.listen-address=nowhere"], /is none of :port/],
    ["one shard of how many", ["--shard.index=1"], /--shard\.index needs --shard\.count/],
    ["a pod without a name", ["--shard.from-pod-name", "--shard.count=4"], /the environment has no POD_NAME/],
    ["an unknown flag of the simulator", ["--nope"], /nope/, simulatorFile],
  ])("%s is wrong usage: one line, exit 2", async (_, args, message, file = programFile) => {
    const program = start(args, { file });
    expect(await program.exited).toBe(2);
    expect(program.stderr()).toMatch(message);
    expect(program.stderr().trimEnd().split("\n")).toHaveLength(1);
    expect(program.stdout()).toBe("");
  });
});

describe("the configuration", () => {
  test("one that is not there is one line, exit 1", async () => {
    const program = start(["--config.file=/nowhere/config.yaml", listen]);
    expect(await program.exited).toBe(1);
    expect(program.stderr()).toMatch(/^\/nowhere\/config\.yaml: cannot be read: .+\n$/);
  });

  test("one with ten mistakes is ten lines, each with its place, exit 1", async () => {
    const file = join(import.meta.dirname, "config/invalid/ten-mistakes.yaml");
    for (const flags of [["--config.check"], [listen]]) {
      const program = start([`--config.file=${file}`, ...flags]);
      expect(await program.exited).toBe(1);
      const lines = program.stderr().trimEnd().split("\n");
      expect(lines).toHaveLength(10);
      for (const line of lines) expect(line).toMatch(/ten-mistakes\.yaml:\d+:\d+: \S+: ./);
    }
  });

  test("one with very many mistakes tells them all, more than a pipe holds", async () => {
    const file = configFile("http://127.0.0.1:1");
    writeFileSync(file, `collectors: []\nprojects:\n${"  - 5\n".repeat(5000)}`);
    const program = start(["--config.check", `--config.file=${file}`]);
    expect(await program.exited).toBe(1);
    expect(program.stderr().trimEnd().split("\n")).toHaveLength(5000);
  });

  test("--config.check says what it found in a good one and asks the cloud nothing", async () => {
    const { cloud, program } = await startWithCloud(["--config.check"]);
    expect(await program.exited).toBe(0);
    expect(program.stdout()).toBe("OK: projects=1 collectors=1 tasks=1\n");
    expect(program.stderr()).toBe("");
    expect(cloud.requests()).toBe(0);
  });

  test("--config.check warns of a schedule that comes due in a month, and of days that must both fit", async () => {
    const inAMonth = new Date(Date.now() + 30 * 86_400_000);
    const days = `${inAMonth.getUTCDate()} ${inAMonth.getUTCMonth() + 1} 0-6`;
    const program = start(["--config.check", `--config.file=${configFile("http://127.0.0.1:1", `0 0 ${days}`)}`]);
    expect(await program.exited).toBe(0);
    const place = "config\\.yaml:7:\\d+: collectors\\[0\\]\\.schedule:";
    const date = inAMonth.toISOString().slice(0, 10);
    expect(program.stderr()).toMatch(new RegExp(`^warning: .*${place} the next tick is .* 7 days away: ${date}T`, "m"));
    expect(program.stderr()).toMatch(new RegExp(`^note: .*${place} day of month and day of week must both fit`, "m"));
  });
});

test("task files of a folder that the program may not read are no silent loss", async () => {
  const cloud = await simulator();
  const file = configFile(cloud.url, "* * * * * *");
  const folder = dirname(file);
  const text = readFileSync(file, "utf8").replace(/tasks: .*\]/, 'task_files: [ "tasks/*/list.yaml" ]');
  writeFileSync(file, text);
  for (const name of ["a", "b"]) {
    mkdirSync(join(folder, "tasks", name), { recursive: true });
    writeFileSync(join(folder, "tasks", name, "list.yaml"), `- ${name}\n`);
  }
  const program = start([`--config.file=${file}`, listen], { plain: true });
  const base = await addressOf(program);
  await program.seen(/msg="Run finished" .* due=2 /);

  chmodSync(join(folder, "tasks/b"), 0o000);
  const check = start([`--config.file=${file}`, "--config.check"], { plain: true });
  expect(await check.exited).toBe(1);
  expect(check.stderr()).toBe(
    `${file}:7:61: collectors[0].task_files[0]: cannot be looked up: ${folder}/tasks/b: permission denied\n`,
  );
  await program.seen(/level=error msg="Task file not .* problem=".*task_files\[0\] .*tasks\/b: permission denied"/);
  const successful = (is: number) => new RegExp(`^cbr_collector_task_files_last_read_successful\\{.*\\} ${is}$`, "m");
  await expect.poll(() => metrics(base)).toMatch(successful(0));
  expect(await metrics(base)).toMatch(/^cbr_collector_tasks\{.*\} 2$/m);
  chmodSync(join(folder, "tasks/b"), 0o755);
  await expect.poll(() => metrics(base)).toMatch(successful(1));
  program.process.kill();
  expect(await program.exited).toBe(0);
});

describe("a project whose files are missing at start", () => {
  const tasks = { tasks: [runningTask("a"), runningTask("b")] };

  test.each([
    ["a token", "auth: { token_file: late }", "auth.token_file", "unauthorized", "demo-token"],
    ["a certificate", "auth: { token: demo-token }, tls_config: { ca_file: late }", "tls_config.ca_file", "tls", pem],
  ])(
    "%s: it is down and told once, the others are polled, and it comes with the file",
    async (_, lines, at, reason, late) => {
      const cloud = await simulator(tasks);
      const file = configFile(cloud.url);
      const project = (name: string, id: string, more: string): string =>
        `  - { name: ${name}, id: ${id}, endpoint: "${cloud.url}", rate_limit: 100, retries: 0, ${more} }\n`;
      const collector = (name: string, task: string): string =>
        `  - { name: ${name}, project: ${name}, schedule: "* * * * * *", tasks: [ ${task} ] }\n`;
      const good = project("good", vendorProjectId, "auth: { token: demo-token }");
      // The same cloud under another name, or the two would be one project.
      const bad = project("bad", vendorProjectId, lines).replace("127.0.0.1", "localhost");
      writeFileSync(file, `projects:\n${good}${bad}collectors:\n${collector("good", "a")}${collector("bad", "b")}`);

      const check = start([`--config.file=${file}`, "--config.check"]);
      expect(await check.exited).toBe(1);
      const line = expect.stringMatching(
        new RegExp(`config.yaml:3:\\d+: projects\\[1\\]\\.${at}: the file cannot be read: no such file$`),
      );
      expect(check.stderr().trimEnd().split("\n")).toEqual([line]);

      const program = start([`--config.file=${file}`, listen]);
      const base = await addressOf(program);
      await program.seen(/msg="Configuration loaded"/);
      const told = program
        .stderr()
        .split("\n")
        .filter((text) => text.includes("the others go on"));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/level=error .* project=bad problem=".*config\.yaml:3:.*no such file"$/);
      expect(await metrics(base)).toMatch(/^cbr_up\{project="bad"\} 0$/m);
      await expect
        .poll(() => metrics(base))
        .toContain(`cbr_task_poll_error_info{project="bad",task_id="b",reason="${reason}"} 1\n`);
      await expect.poll(() => metrics(base)).toContain('cbr_task_poll_success{project="good",task_id="a"} 1\n');
      expect([cloud.requests("a") > 0, cloud.requests("b")]).toEqual([true, 0]);
      expect(await metrics(base)).toMatch(/^cbr_up\{project="bad"\} 0$/m);

      writeFileSync(join(dirname(file), "late"), late);
      await expect.poll(() => metrics(base)).toContain('cbr_task_poll_success{project="bad",task_id="b"} 1\n');
      await expect.poll(() => metrics(base)).toMatch(/^cbr_up\{project="bad"\} 1$/m);
      program.process.kill();
      expect(await program.exited).toBe(0);
    },
  );
});

test.each([
  ["a good configuration: a table", "demo-token", 0, /^OK: projects=1 .*\n\nPROJECT .*\nprod +login +ok +token\n/],
  ["a refused token: what to do", "another-token", 1, /login +WRONG +token: HTTP 401 .*not accepted; renew it/],
])("the check with the cloud, %s", async (_, token, code, output) => {
  const { program } = await startWithCloud(["--config.check-cloud"], { token });
  expect(await program.exited).toBe(code);
  expect(program.stdout()).toMatch(output);
  expect(program.stderr()).toBe("");
});

test("without auth the SDK's environment is used, which the log says without a value", async () => {
  const cloud = await simulator();
  const file = configFile(cloud.url);
  writeFileSync(file, readFileSync(file, "utf8").replace(/^ +auth: .*\n/m, ""));
  const missing = start([`--config.file=${file}`, listen]);
  expect(await missing.exited).toBe(1);
  expect(missing.stderr()).toMatch(/projects\[0\].*auth.*HUAWEICLOUD_SDK_AK/);

  const env = { HUAWEICLOUD_SDK_AK: "DEMOACCESSKEY", HUAWEICLOUD_SDK_SK: "demo-secret-key" };
  const program = start([`--config.file=${file}`, listen], { env });
  await program.seen(/msg="Run finished" .*result=success/);
  expect(program.stderr()).toMatch(/level=info msg=Configuration note=".*HUAWEICLOUD_SDK_AK/);
  expect(program.stderr()).not.toMatch(/DEMOACCESSKEY|demo-secret-key/);
  program.process.kill();
  expect(await program.exited).toBe(0);
});

describe("a run", () => {
  test("serves, and ends with 0 on SIGTERM and on SIGINT", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const { program } = await startWithCloud();
      const base = await addressOf(program);
      await program.seen(/msg="Run finished"/);
      expect(await metrics(base)).toContain(
        `cbr_task_duration_seconds{project="prod",task_id="${vendorExample.id}"} 227.503925\n`,
      );
      program.process.kill(signal);
      expect(await program.exited).toBe(0);
      expect(program.stdout()).toBe("");
    }
  });

  test("one of four shards, told by the pod's name, polls what is its own", async () => {
    const cloud = await simulator({ tasks: [vendorExample] });
    const config = configFile(cloud.url);
    for (const index of [0, shardOf(vendorExample.id, 4)]) {
      const program = start([`--config.file=${config}`, listen, "--shard.from-pod-name", "--shard.count=4"], {
        env: { POD_NAME: `cbr-exporter-${index}` },
      });
      const base = await addressOf(program);
      await program.seen(new RegExp(`msg="Configuration loaded" .*tasks=${Math.sign(index)} shard=${index} shards=4`));
      if (index > 0) await program.seen(/msg="Run finished"/);
      expect(await metrics(base)).toContain(`cbr_exporter_shards{shard="${index}"} 4\n`);
      expect(cloud.requests()).toBe(Math.sign(index));
      program.process.kill();
      expect(await program.exited).toBe(0);
    }
  });

  test("writes nothing but JSON to stderr with --log.format=json", async () => {
    const { program } = await startWithCloud([listen, "--log.format=json", "--log.level=debug"]);
    await program.seen(/"msg":"Run finished"/);
    program.process.kill();
    await program.exited;
    const lines = program.stderr().trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(Object.keys(JSON.parse(line)).slice(0, 3)).toEqual(["time", "level", "msg"]);
  });

  test("a taken port is one line, exit 1, and the cloud is not asked", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    cleanups.push(() => taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const { cloud, program } = await startWithCloud([`--web.listen-address=127.0.0.1:${port}`]);
    expect(await program.exited).toBe(1);
    expect(program.stderr()).toBe(
      `cbr-exporter: cannot listen on 127.0.0.1:${port}: the port is taken; stop what listens there, or choose another\n`,
    );
    expect(cloud.requests()).toBe(0);
  });

  test("goes on when nobody reads its log any more", async () => {
    const { program } = await startWithCloud([listen, "--log.level=debug"], {}, "* * * * * *");
    const base = await addressOf(program);
    program.process.stderr.destroy();
    await expect.poll(async () => (await fetch(`${base}/-/healthy`)).status).toBe(200);
    await expect.poll(() => metrics(base)).toMatch(/runs_total\{.*success"\} [3-9]/);
  });
});

describe("an error that nobody caught ends the program: one line, exit 1", () => {
  /** A module that Node runs before the program. */
  const beforehand = (code: string) => ({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` });
  const once = (what: string): string => `process.once("SIGUSR2", () => ${what});`;

  test.each([
    ["thrown by a timer", once('setTimeout(() => { throw new Error("a\\nb") })'), /^Error: a\\nb\\n {4}at /],
    ["a rejection", once('void Promise.reject(new TypeError("a"))'), /^TypeError: a\\n {4}at /],
    ["one that is no error", once("void Promise.reject({ a: 1 })"), /^\{ a: 1 \}$/],
  ])("%s, while it runs: through the log", async (_, code, error) => {
    const cloud = await simulator();
    const program = start([`--config.file=${configFile(cloud.url)}`, listen], { env: beforehand(code) });
    await program.seen(/msg="Configuration loaded"/);
    // The program itself uses no such signal.
    program.process.kill("SIGUSR2");
    expect(await program.exited).toBe(1);
    const lines = program.stderr().trimEnd().split("\n");
    const [, text] =
      /^time=\S+ level=error msg="Unexpected error, the program ends" error="(.*)"$/.exec(lines.at(-1) ?? "") ?? [];
    expect(text).toMatch(error);
    expect(lines.filter((line) => !/ level=(?:info|warn) /.test(line))).toHaveLength(1);
  });

  test.each([
    ["thrown", 'const end = () => { throw new Error("a\\nb") }'],
    ["a rejection", 'const end = () => void Promise.reject(new Error("a\\nb"))'],
  ])("%s, before there is a log: on stderr", async (_, code) => {
    // Once the program has said what it does at such an error, but not read its configuration.
    const env = beforehand(
      `${code}; process.on("newListener", (name) => name === "SIGUSR1" && process.nextTick(end));`,
    );
    const program = start(["--config.check-cloud", `--config.file=${configFile("http://127.0.0.1:1")}`], { env });
    expect(await program.exited).toBe(1);
    expect(program.stderr()).toMatch(/^cbr-exporter: unexpected error: Error: a b at .*\n$/);
    expect(program.stdout()).toBe("");
  });
});

describe("the end, while a request is in flight", () => {
  async function hanging() {
    const cloud = await simulator();
    cloud.setFault(vendorExample.id, { kind: "hang" });
    const program = start([`--config.file=${configFile(cloud.url, "* * * * * *")}`, listen]);
    const base = await addressOf(program);
    await expect.poll(() => cloud.requests()).toBe(1);
    expect((await fetch(`${base}/-/ready`)).status).toBe(200);
    return { cloud, program, base };
  }

  test("SIGTERM: not ready, still answering, no new poll, exit 0 within the deadline", async () => {
    const { cloud, program, base } = await hanging();
    program.process.kill("SIGTERM");
    await program.seen(/msg=Stopping/);
    expect((await fetch(`${base}/-/ready`)).status).toBe(503);
    expect((await fetch(`${base}/metrics`)).status).toBe(200);
    expect(await program.exited).toBe(0);
    expect(cloud.requests()).toBe(1);
  });

  test.each<[NodeJS.Signals, NodeJS.Signals]>([
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGTERM"],
  ])("%s, then %s: the second does not wait, exit 1", async (first, second) => {
    const { program } = await hanging();
    program.process.kill(first);
    await program.seen(/msg=Stopping/);
    program.process.kill(second);
    expect(await program.exited).toBe(1);
    expect(program.stderr()).not.toContain("msg=Stopped");
  });
});

describe("signals", () => {
  const { scripts } = JSON.parse(readFileSync(`${projectRoot}package.json`, "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };

  test("SIGTERM to npm start ends the program", async () => {
    const cloud = await simulator();
    const args = ["start", "--", `--config.file=${configFile(cloud.url)}`, listen];
    const npm = watch(spawn("npm", args, { cwd: projectRoot, detached: true }));
    // A program that npm left behind, too; none is there when all went well.
    cleanups.push(() => {
      try {
        process.kill(-Number(npm.process.pid), "SIGKILL");
      } catch {}
    });
    const base = await addressOf(npm);
    npm.process.kill("SIGTERM");
    await npm.exited;
    expect(npm.stderr()).toMatch(/msg=Stopped\n/);
    await expect(fetch(base)).rejects.toThrow();
  });

  test.each(["start", "demo", "simulator"])("npm run %s leaves no shell between npm and the program", (script) => {
    expect(scripts[script]).toMatch(/(?:^|&& )exec node dist\/(?:simulator\/)?main\.js(?: --demo)?$/);
  });

  test.each([
    [programFile, /cbr-exporter/],
    // It lists its tasks.
    [simulatorFile, new RegExp(`^${vendorExample.id}$`, "m")],
  ])("%s: SIGUSR1 does nothing, no inspector opens, and SIGTERM ends it with 0", async (file, page) => {
    const cloud = await simulator();
    const args = file === programFile ? [`--config.file=${configFile(cloud.url)}`, listen] : [];
    const program = start(args, { file });
    const base = await addressOf(program);
    program.process.kill("SIGUSR1");
    for (let each = 0; each < 20; each += 1) expect(await (await fetch(`${base}/`)).text()).toMatch(page);
    program.process.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    expect(program.stderr()).not.toMatch(/debugger|inspector/i);
  });
});

describe("reload", () => {
  const running = { tasks: [runningTask("a"), runningTask("b")], projectId: vendorProjectId };
  /** The configuration with this one task. */
  const withTask = (file: string, id: string) =>
    writeFileSync(file, readFileSync(file, "utf8").replace(/tasks: .*(?= })/, `tasks: [${id}]`));
  const reloads = (base: string) => fetch(`${base}/-/reload`, { method: "POST" });

  async function startWithTask(...flags: readonly string[]) {
    const cloud = await simulator(running);
    const file = configFile(cloud.url);
    withTask(file, "a");
    const program = start([`--config.file=${file}`, listen, ...flags]);
    const base = await addressOf(program);
    await expect.poll(() => metrics(base)).toContain('cbr_task_poll_success{project="prod",task_id="a"} 1\n');
    return { cloud, file, program, base };
  }

  test("SIGHUP: what was added is asked for at once, what was removed is gone; a bad file changes nothing", async () => {
    const { cloud, file, program, base } = await startWithTask();
    withTask(file, "b");
    program.process.kill("SIGHUP");
    await program.seen(/level=info msg="Configuration reloaded" projects=1 collectors=1 tasks=1/);
    const shown = await (await fetch(`${base}/config`)).text();
    expect(shown).toContain("    auth: { token: <secret> }\n");
    expect(shown).toContain("tasks: [ b ]");
    await expect.poll(() => metrics(base)).toContain('cbr_task_poll_success{project="prod",task_id="b"} 1\n');
    expect(await metrics(base)).not.toContain('task_id="a"');

    withTask(file, "b, c, c");
    program.process.kill("SIGHUP");
    await program.seen(/level=error msg=Configuration problem=".*config\.yaml:7:\d+: collectors\[0\]\.tasks\[2\]: .*"/);
    await program.seen(/level=error msg="Reload failed, the configuration before stays in force" problems=1/);
    await expect.poll(() => metrics(base)).toContain("cbr_exporter_config_last_reload_successful 0\n");
    expect(await metrics(base)).toContain('cbr_task_poll_success{project="prod",task_id="b"} 1\n');
    expect((await reloads(base)).status).toBe(403);
    expect(cloud.requests("c")).toBe(0);

    withTask(file, "b, a");
    program.process.kill("SIGHUP");
    await expect.poll(() => metrics(base)).toContain("cbr_exporter_config_last_reload_successful 1\n");
    program.process.kill();
    expect(await program.exited).toBe(0);
  });

  test("/-/reload with --web.enable-lifecycle, and by itself when the content changes", async () => {
    const { file, program, base } = await startWithTask(
      "--web.enable-lifecycle",
      "--config.enable-auto-reload",
      "--config.auto-reload-interval=1s",
    );
    expect([(await reloads(base)).status, await (await reloads(base)).text()]).toEqual([200, "Reloaded\n"]);
    withTask(file, "b");
    await expect.poll(() => metrics(base), { timeout: 20_000 }).toContain('task_id="b"');
    withTask(file, "");
    writeFileSync(file, "projects: []\n");
    await expect
      .poll(() => metrics(base), { timeout: 20_000 })
      .toContain("cbr_exporter_config_last_reload_successful 0\n");
    const refused = await reloads(base);
    expect([refused.status, await refused.text()]).toEqual([
      500,
      expect.stringMatching(/^Not reloaded.*\n.*config\.yaml:1:/),
    ]);
    expect(await metrics(base)).toContain('task_id="b"');
    program.process.kill();
    expect(await program.exited).toBe(0);
  });

  test("one that takes too much memory to be checked changes nothing, and ends nothing", async () => {
    const env = { NODE_OPTIONS: "--max-old-space-size=40" };
    const file = configFile("http://127.0.0.1:1");
    const text = readFileSync(file, "utf8");
    const program = start([`--config.file=${file}`, listen, "--web.enable-lifecycle"], { env });
    const base = await addressOf(program);
    writeFileSync(
      file,
      text.replace("tasks: [", `tasks: [ ${Array.from({ length: 30_000 }, (_, n) => `t-${n}, `).join("")}`),
    );
    const refused = await reloads(base);
    expect([refused.status, await refused.text()]).toEqual([
      500,
      expect.stringMatching(/^Not reloaded.*\n.*config\.yaml: cannot be checked: there is not enough memory for it\n$/),
    ]);
    expect(await metrics(base)).toContain(`task_id="${vendorExample.id}"`);
    writeFileSync(file, text);
    expect((await reloads(base)).status).toBe(200);
  });

  test("the demo's own configuration is reloaded, too", async () => {
    const program = start(["--demo", listen]);
    const base = await addressOf(program);
    await program.seen(/msg="Configuration loaded"/);
    program.process.kill("SIGHUP");
    await program.seen(/msg="Configuration reloaded" projects=1 collectors=5/);
    expect((await fetch(`${base}/-/ready`)).status).toBe(200);
  });
});
