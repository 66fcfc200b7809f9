import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { addressOf, type Program, startProgram } from "../program.ts";
import { runningTask } from "../support/cloud.ts";
import { type Keystone, startKeystone } from "./keystone.ts";

const reader = { project: "eu-de", user: "exporter", password: "first-password" };
const domain = { name: "Default" };

let keystone: Keystone;
let simulator: Simulator;
beforeAll(async () => {
  keystone = await startKeystone(reader);
  const { projectId, lookUp: otherTokens } = keystone;
  const users = [{ domain: domain.name, name: reader.user, password: reader.password }];
  const tasks = [runningTask("a"), runningTask("b")];
  simulator = await startSimulator({ projectId, projectName: reader.project, otherTokens, users, tasks });
}, 240_000);
afterAll(async () => {
  await simulator?.close();
  await keystone?.stop();
});

/** A configuration whose IAM is Keystone and whose CBR is the simulator, with files beside it. @returns its path */
async function configured(project: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempFolder({
    ...files,
    "config.yaml": `projects:
  - name: prod
    endpoint: ${simulator.url}
    iam_endpoint: ${keystone.url}/v3
    ${project}
collectors:
  - { name: nightly, schedule: "* * * * * *", tasks: [a, b] }
`,
  });
  return join(folder, "config.yaml");
}

/** By the region's name, without the project's id. */
const byPassword = (password: string) =>
  configured(
    "region: eu-de\n    auth: { password: { domain_name: Default, user_name: exporter, password_file: password } }",
    { password },
  );

async function check(config: string) {
  const program = startProgram([`--config.file=${config}`, "--config.check-cloud"]);
  return { exit: await program.exited, stdout: program.stdout() };
}

/** A whole exporter, and what it serves. */
async function exporter(config: string): Promise<{ readonly program: Program; scrape(): Promise<string> }> {
  const program = startProgram([`--config.file=${config}`, "--web.listen-address=127.0.0.1:0"]);
  onTestFinished(async () => {
    program.process.kill();
    await program.exited;
  });
  const url = await addressOf(program);
  return { program, scrape: async () => (await fetch(`${url}/metrics`)).text() };
}

const soon = { timeout: 60_000, interval: 200 };

describe("a plain reader, by a project's name without its id", () => {
  test("--config.check-cloud finds everything right", async () => {
    const { exit, stdout } = await check(await byPassword(reader.password));
    expect(stdout).toBe(`OK: projects=1 collectors=1 tasks=2

PROJECT  CHECK              RESULT  DETAIL
prod     login              ok      password
         clock              ok      right
         cbr:tasks:get      ok      granted
         collector nightly  ok      a found
`);
    expect(exit).toBe(0);
  });

  test("--config.check-cloud tells a wrong password in Keystone's words", async () => {
    const { exit, stdout } = await check(await byPassword("another"));
    expect(stdout).toMatch(
      /^prod +login +WRONG +password: login: HTTP 401 \(The request you have made requires authentication\.\): IAM does not accept the user for this project; check user_name, domain_name, the password, and the project's id or region$/m,
    );
    expect(exit).toBe(1);
  });
});

test("a token in a file: Keystone tells when it ends", async () => {
  const issued = await keystone.login(reader.password, { project: { id: keystone.projectId } });
  const { token } = (await issued.json()) as { readonly token: { readonly expires_at: string } };
  const config = await configured(`id: ${keystone.projectId}\n    auth: { token_file: token }`, {
    token: issued.headers.get("x-subject-token") ?? "",
  });
  const { scrape } = await exporter(config);
  const end = Date.parse(token.expires_at) / 1000;
  await expect
    .poll(scrape, soon)
    .toContain(`\ncbr_auth_token_expiry_timestamp_seconds{project="prod",method="token_file"} ${end}\n`);
});

describe("the simulator answers as Keystone does", () => {
  /** The status, and Keystone's words where it refuses. */
  async function said(answer: Promise<Response>): Promise<readonly unknown[]> {
    const response = await answer;
    const { error } = (await response.json()) as { readonly error?: unknown };
    return [response.status, error];
  }
  const post = (url: string, scope: object): Promise<Response> =>
    fetch(`${url}/v3/auth/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ["password"],
            password: { user: { name: reader.user, password: reader.password, domain } },
          },
          scope,
        },
      }),
    });
  const own = () => ({ project: { id: keystone.projectId } });

  test.each<[string, number, (url: string, token: string) => Promise<Response>]>([
    ["a project's name without its domain", 400, (url) => post(url, { project: { name: "eu-de" } })],
    ["a project's name with its domain", 201, (url) => post(url, { project: { name: "eu-de", domain } })],
    [
      "a project's name in another domain",
      401,
      (url) => post(url, { project: { name: "eu-de", domain: { name: "x" } } }),
    ],
    ["a project that there is not", 401, (url) => post(url, { project: { id: "x" } })],
    [
      "the list of all projects",
      403,
      (url, token) => fetch(`${url}/v3/projects`, { headers: { "x-auth-token": token } }),
    ],
    [
      "the list of its own projects",
      200,
      (url, token) => fetch(`${url}/v3/auth/projects`, { headers: { "x-auth-token": token } }),
    ],
    ["the list of its own projects without a token", 401, (url) => fetch(`${url}/v3/auth/projects`)],
  ])("%s: %i", async (_, status, ask) => {
    const at = async ({ url }: { readonly url: string }) => {
      const token = (await post(url, own())).headers.get("x-subject-token") ?? "";
      return said(ask(url, token));
    };
    const [real, ours] = [await at(keystone), await at(simulator)];
    expect(real[0]).toBe(status);
    expect(ours).toEqual(real);
  });

  test("a login's answer names the project", async () => {
    for (const { url } of [keystone, simulator]) {
      const { token } = (await (await post(url, { project: { name: "eu-de", domain } })).json()) as { token: object };
      expect(token).toMatchObject({ project: { id: keystone.projectId, name: "eu-de", domain: { name: "Default" } } });
    }
  });
});

// The last one: tokens of the second in which a password changes are revoked too.
test("a plain reader polls with one login, until the password changes; then Keystone's refusal is told, until the file changes", async () => {
  const config = await byPassword(reader.password);
  const { program, scrape } = await exporter(config);
  await expect.poll(scrape, soon).toMatch(/^cbr_task_poll_success\{project="prod",task_id="b"\} 1$/m);
  // Counters may be a second old.
  await expect
    .poll(scrape, soon)
    .toMatch(/^cbr_api_requests_total\{.*operation="KeystoneCreateToken",code="201"\} 1$/m);
  const good = await scrape();
  expect(good).not.toMatch(/^cbr_api_requests_total\{.*operation="KeystoneListProjects"/m);
  expect(good).toMatch(/^cbr_auth_token_expiry_timestamp_seconds\{project="prod",method="password"\} \d+$/m);

  // Keystone revokes all tokens with it.
  await keystone.setPassword("second-password");
  await expect
    .poll(() => program.stderr(), soon)
    .toMatch(/error="login: HTTP 401 \(The request you have made requires authentication\.\): IAM does not accept/);
  expect(program.stderr()).not.toContain('error="HTTP 401');
  await expect.poll(scrape, soon).toMatch(/^cbr_task_poll_success\{project="prod",task_id="a"\} 0$/m);

  await writeFile(join(config, "..", "password"), "second-password\n");
  await expect.poll(scrape, soon).toMatch(/^cbr_task_poll_success\{project="prod",task_id="a"\} 1$/m);
});
