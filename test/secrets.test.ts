import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../src/simulator/simulator.ts";
import { vendorExample } from "../src/simulator/tasks/sim-task.ts";
import { addressOf, startProgram } from "./program.ts";

/** Letters and digits, other ones in each run, so that a find is no coincidence. */
const made = (name: string): string => `${name}${randomBytes(12).toString("hex")}`;

const secrets = {
  token: made("T0k"),
  fileToken: made("F1le"),
  password: made("Pa55"),
  secretKey: made("SeCr"),
  securityToken: made("StS"),
  proxyPassword: made("Pr0x"),
  environmentKey: made("EnV"),
};

/** Where secrets must not be, by name. */
const outputs = new Map<string, string>();

function found(text: string): readonly string[] {
  return Object.entries(secrets).flatMap(([name, value]) =>
    // As it is, and as it travels in a header or a URL.
    [value, Buffer.from(value).toString("base64").slice(0, -4), encodeURIComponent(value)].some((v) => text.includes(v))
      ? [name]
      : [],
  );
}

function configuration(folder: string, endpoint: string): string {
  const project = (name: string, auth: string, more = "") => `  - name: ${name}
    id: project-${name}
    endpoint: ${endpoint}
    iam_endpoint: ${endpoint}
    retries: 0
    timeout: 1s
${more}    auth: ${auth}
`;
  writeFileSync(join(folder, "token"), `${secrets.fileToken}\n`);
  writeFileSync(join(folder, "password"), secrets.password);
  writeFileSync(join(folder, "secret-key"), secrets.secretKey);
  const names = ["inline", "from-file", "user", "key", "behind-proxy", "environment"];
  const projects = [
    project("inline", `{ token: ${secrets.token} }`),
    project("from-file", "{ token_file: token }"),
    project("user", "{ password: { domain_name: demo, user_name: exporter, password_file: password } }"),
    project(
      "key",
      `{ ak_sk: { access_key: DEMOACCESSKEY, secret_key_file: secret-key, security_token: ${secrets.securityToken} } }`,
    ),
    project(
      "behind-proxy",
      "{ token_file: token }",
      `    proxy_url: http://user:${secrets.proxyPassword}@127.0.0.1:9\n`,
    ),
    project("environment", "X").replace(/ +auth: X\n/, ""),
  ];
  return `projects:\n${projects.join("")}collectors:\n${names
    .map(
      (name) => `  - { name: of-${name}, project: ${name}, schedule: "* * * * * *", tasks: [${vendorExample.id}] }\n`,
    )
    .join("")}`;
}

test("no secret in logs, pages, metrics, checks or the output of a crash", async () => {
  const cloud = await startSimulator({ latencyMs: [0, 0] });
  onTestFinished(() => cloud.close());
  const folder = mkdtempSync(join(tmpdir(), "cbr-secrets-"));
  const good = join(folder, "config.yaml");
  writeFileSync(good, configuration(folder, cloud.url));
  const bad = join(folder, "bad.yaml");
  writeFileSync(
    bad,
    readFileSync(good, "utf8").replaceAll("retries: 0", "retries: x").replaceAll("auth: {", "auth: { nope: 1,"),
  );
  const env = { HUAWEICLOUD_SDK_AK: "DEMOACCESSKEY", HUAWEICLOUD_SDK_SK: secrets.environmentKey };

  for (const format of ["logfmt", "json"]) {
    const flags = [`--config.file=${good}`, "--web.listen-address=127.0.0.1:0", "--log.level=debug"];
    const program = startProgram([...flags, `--log.format=${format}`], { env });
    onTestFinished(() => void program.process.kill("SIGKILL"));
    const address =
      format === "json"
        ? (await program.seen(/"Listening on","address":"([^"]+)"/))[1]
        : (await addressOf(program)).slice(7);
    // Each project has been refused, or failed, at least once.
    for (const name of ["inline", "from-file", "user", "key", "behind-proxy", "environment"]) {
      await program.seen(new RegExp(`Polls failed.*of-${name}`));
    }
    const get = async (path: string, accept = "*/*") => {
      const answer = await fetch(`http://${address}${path}`, { headers: { accept } });
      return answer.text();
    };
    outputs.set(`${format}: /metrics`, await get("/metrics"));
    outputs.set(`${format}: OpenMetrics`, await get("/metrics", "application/openmetrics-text;version=1.0.0"));
    outputs.set(`${format}: page`, await get("/"));
    outputs.set(`${format}: configuration`, await get("/config"));
    program.process.kill();
    expect(await program.exited).toBe(0);
    outputs.set(`${format}: stderr`, program.stderr());
    outputs.set(`${format}: stdout`, program.stdout());
  }

  for (const [name, file, flag] of [
    ["check", good, "--config.check"],
    ["check of a bad one", bad, "--config.check"],
    ["check with the cloud", good, "--config.check-cloud"],
  ] as const) {
    const program = startProgram([`--config.file=${file}`, flag], { env });
    await program.exited;
    outputs.set(name, program.stdout() + program.stderr());
  }

  // An exception that nobody catches, thrown in the midst of the program.
  const crash = "data:text/javascript,setTimeout(() => { throw new Error('planted') }, 1500)";
  const program = startProgram([`--config.file=${good}`, "--web.listen-address=127.0.0.1:0"], {
    env: { ...env, NODE_OPTIONS: `--import=${encodeURI(crash)}` },
  });
  expect(await program.exited).not.toBe(0);
  expect(program.stderr()).toContain("planted");
  outputs.set("crash", program.stdout() + program.stderr());

  const leaks = [...outputs].flatMap(([name, text]) => found(text).map((secret) => `${secret} in ${name}`));
  expect(leaks).toEqual([]);
  expect(outputs.size).toBe(16);
  for (const [name, text] of outputs) if (!name.endsWith("stdout")) expect([name, text]).not.toEqual([name, ""]);
});

test("the search would find a secret in any of its spellings", () => {
  expect(found(`x ${secrets.token} y`)).toEqual(["token"]);
  expect(found(Buffer.from(secrets.password).toString("base64"))).toEqual(["password"]);
});
