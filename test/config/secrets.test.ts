// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { LoadResult } from "../../src/config/load-config.ts";
import { anyCodePoint } from "../support/any-code-point.ts";
import { parseConfig } from "../support/load-config.ts";
import { type Env, parseProject } from "./parsed.ts";
import { tempFolder } from "./temp-folder.ts";

// Thousands of cases take long beside other work; a hang still ends.
vi.setConfig({ testTimeout: 300_000 });

async function load(text: string, env: Env = {}): Promise<LoadResult> {
  return await parseConfig({ text, file: "config.yaml", env });
}

/** All lines that are told of what was loaded. */
function linesOf(result: LoadResult): string {
  if (!result.ok) return result.problems.join("\n");
  const { warnings, notices, brokenFiles, brokenProjects } = result;
  return [...warnings, ...notices, ...brokenFiles, JSON.stringify(brokenProjects)].join("\n");
}

/** All that a program could show of it, by accident or not. */
function everythingShown(result: LoadResult): string {
  const config = result.ok ? result.config : undefined;
  const shown = inspect(config, { depth: 20, showHidden: true, getters: true });
  return [linesOf(result), JSON.stringify(config), shown, ...leaves(config).map((leaf) => `${leaf}`)].join("\n");
}

function leaves(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(leaves)] : [value];
}

/** A mark in it keeps it from standing in a message by chance. */
const key = fc.stringMatching(/^[!-~]{1,20}$/).map((text) => `Zq7/${text}`);
const line = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).map((text) => `Zq7 +${text}`);
/** Such as nobody can use: then problems are told of it. */
const anything = fc.oneof(
  key,
  line,
  fc.string({ unit: anyCodePoint, maxLength: 10 }).map((text) => `Zq7/\n\t${text}`),
);

/** Double quotes of YAML, in which `$$` is a `$`. */
const quote = (text: string): string => JSON.stringify(text.replaceAll("$", "$$$$"));

/** Of what was put into quotes. */
const encoded = (quoted: string): string => encodeURIComponent(quoted.replace(/^"|"$/g, "").toWellFormed());

/** Where a secret may stand, as it is or in a mistake. */
const places: readonly (readonly [string, (value: string) => string])[] = [
  ["a token", (value) => config({ auth: `{ token: ${value} }` })],
  ["a token in a block", (value) => config({ auth: `\n      token: ${value}` })],
  ["auth itself", (value) => config({ auth: value })],
  ["a key under auth", (value) => config({ auth: `{ ${value}: x }` })],
  ["a key under auth without a value", (value) => config({ auth: `{ ${value} }` })],
  ["a key under a token", (value) => config({ auth: `{ token: { ${value}: } }` })],
  ["a list under auth", (value) => config({ auth: `[ ${value} ]` })],
  ["a password", (value) => config({ auth: `{ password: { domain_name: a, user_name: b, password: ${value} } }` })],
  ["a password of a half login", (value) => config({ auth: `{ password: { password: ${value} } }` })],
  ["a password without its map", (value) => config({ auth: `{ password: ${value} }` })],
  ["a key under a password", (value) => config({ auth: `{ password: { ${value}: x } }` })],
  ["a key within a password", (value) => config({ auth: `{ password: { password: { ${value}: } } }` })],
  ["a domain's name", (value) => config({ auth: `{ password: { domain_name: ${value} } }` })],
  ["an access key", (value) => config({ auth: `{ ak_sk: { access_key: ${value}, secret_key: ${value} } }` })],
  ["a key under keys", (value) => config({ auth: `{ ak_sk: { ${value} } }` })],
  ["a secret key", (value) => config({ auth: `{ ak_sk: { access_key: x, secret_key: ${value} } }` })],
  [
    "a security token",
    (value) => config({ auth: `{ ak_sk: { access_key: x, secret_key: x, security_token: ${value} } }` }),
  ],
  ["a security token alone", (value) => config({ auth: `{ ak_sk: { security_token: ${value} } }` })],
  ["a path of a key's file", (value) => config({ auth: `{ ak_sk: { secret_key_file: ${value} } }` })],
  ["an agency's endpoint", (value) => config({ auth: `{ ecs_agency: { endpoint: ${value} } }` })],
  ["an agency", (value) => config({ auth: `{ ecs_agency: ${value} }` })],
  ["a proxy", (value) => config({ proxy_url: value })],
  ["a proxy's password", (value) => config({ proxy_url: `"http://user:${value}@proxy.example.com"` })],
  ["an encoded password of a proxy", (value) => config({ proxy_url: `"http://u:${encoded(value)}@Zq7.example.com"` })],
  ["a key under a proxy", (value) => config({ proxy_url: `{ ${value}: }` })],
  ["a proxy of the environment", (value) => config({ proxy_from_environment: value })],
  ["a path of authorities", (value) => config({ tls_config: `{ ca_file: ${value} }` })],
  ["a server's name", (value) => config({ tls_config: `{ server_name: ${value} }` })],
  ["a path of a token file", (value) => config({ auth: `{ token_file: ${value} }` })],
  ["an endpoint", (value) => config({ endpoint: value })],
  ["an endpoint with credentials", (value) => config({ endpoint: `"https://user:${value}@cbr.example.com"` })],
  ["an endpoint of IAM", (value) => config({ iam_endpoint: value })],
  ["a project's name", (value) => config({ name: value })],
  ["a region", (value) => config({ region: value })],
  ["an unknown key's value", (value) => config({ colour: value })],
  ["a top-level key", (value) => `${config({})}\n${value}: x\n`],
  ["a stray line", (value) => `${config({})}\n  ${value}\n`],
];

function config(project: Record<string, string>): string {
  const fields = { name: "prod", id: "abc", region: "eu-de", auth: "{ token: t }", rate_limit: "5", ...project };
  const text = Object.entries(fields).map(([key, value]) => `${key}: ${value}`);
  return `projects:\n  - ${text.join("\n    ")}\ncollectors: []\n`;
}

/** Where a good secret stands, so that something is accepted. */
const good = new Set(["a token", "a password", "an access key", "a secret key", "a security token"]);

describe.each(places)("a secret as %s is shown nowhere", (name, write) => {
  // A path is no secret: it may be seen, but is not told.
  const shown = name.startsWith("a path") ? linesOf : everythingShown;

  test("as it is, and in quotes", async () => {
    let accepted = 0;
    const quotes = fc.constantFrom(quote, quote, ...["", '"', "'"].map((mark) => (text: string) => mark + text + mark));
    await fc.assert(
      fc.asyncProperty(fc.oneof(key, line, anything), quotes, async (secret, quoted) => {
        const result = await load(write(quoted(secret)));
        if (result.ok) accepted += 1;
        expect(shown(result)).not.toMatch(/Zq7/i);
      }),
      { numRuns: 100 },
    );
    if (good.has(name)) expect(accepted).toBeGreaterThan(5);
  });

  test("as a variable", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(key, line, anything), async (secret) => {
        expect(shown(await load(write('"${VALUE}"'), { VALUE: secret }))).not.toContain(secret);
      }),
      { numRuns: 60 },
    );
  });
});

test("what the environment holds is shown nowhere", async () => {
  let accepted = 0;
  const names = ["AK", "SK", "SECURITY_TOKEN"].map((name) => `HUAWEICLOUD_SDK_${name}`);
  const values = fc.tuple(...names.map(() => fc.oneof(key, key, anything, fc.constant(undefined))));
  await fc.assert(
    fc.asyncProperty(values, anything, fc.boolean(), async (all, proxy, plain) => {
      const env: Record<string, string> = {
        HTTPS_PROXY: `http://u:${plain ? "Zq7" : proxy}@proxy`,
        HUAWEICLOUD_SDK_PROJECT_ID: plain ? "abc" : `${proxy}/`,
      };
      for (const [index, name] of names.entries()) {
        const value = all[index];
        if (value !== undefined) env[name] = value;
      }
      const result = await parseProject("id: abc\nregion: eu-de\nproxy_from_environment: true", env satisfies Env);
      if (result.ok) accepted += 1;
      expect(everythingShown(result)).not.toContain("Zq7");
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(5);
});

test("what a file holds is shown nowhere", async () => {
  const folder = await tempFolder();
  const fields = "ak_sk: { access_key_file: x, secret_key_file: x, security_token_file: x }";
  await fc.assert(
    fc.asyncProperty(anything, fc.constantFrom(fields, "token_file: x"), async (secret, auth) => {
      await writeFile(join(folder, "x"), secret);
      const pem = `-----BEGIN CERTIFICATE-----\n${secret}\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n${secret}`;
      await writeFile(join(folder, "pem"), pem);
      const tls = "tls_config: { ca_file: pem, cert_file: pem, key_file: pem }";
      const shown = [
        await parseProject(`id: abc\nregion: eu-de\nauth: { ${auth} }`, {}, folder),
        await parseProject(`id: abc\nregion: eu-de\nauth: { ${auth} }\n${tls}`, {}, folder),
      ].map(everythingShown);
      expect(shown.join("\n")).not.toContain("Zq7");
    }),
    { numRuns: 100 },
  );
});

const collector = (key: string, value: string): string => `
projects: [ { name: prod, id: abc, region: eu-de, auth: { token: t } } ]
collectors:
  - ${Object.entries({ name: "a", schedule: '"* * * * *"', tasks: "[ x ]", [key]: value })
    .map(([name, text]) => `${name}: ${text}`)
    .join("\n    ")}
`;

test.each(["name", "project", "schedule", "timezone", "run_on_start", "task_files", "tasks", "labels"])(
  "what a variable holds is not told of a collector's %s",
  async (key) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(line, fc.stringMatching(/^Zq7[A-Za-z0-9]{8}$/)), async (value) => {
        const reference =
          key === "task_files" ? '[ "${VALUE}" ]' : key === "tasks" ? '[ "${VALUE}", "${VALUE}" ]' : '"${VALUE}"';
        expect(linesOf(await load(collector(key, reference), { VALUE: value }))).not.toContain(value);
      }),
      { numRuns: 40 },
    );
  },
);

test.each([
  ["project", "prdo", 'unknown project "prdo"; did you mean "prod"?'],
  ["project", "other", 'unknown project "other"; write the name of one of the projects'],
  ["timezone", "Mars/Phobos", 'unknown timezone "Mars/Phobos"; write an IANA name such as Europe/Berlin'],
])("a collector's %s may be quoted when it stands there itself", async (key, value, message) => {
  expect(linesOf(await load(collector(key, value)))).toContain(message);
});
