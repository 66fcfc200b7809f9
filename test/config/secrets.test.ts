// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../support/load-config.ts";

async function lines(text: string, env: Record<string, string> = {}): Promise<string> {
  const result = await parseConfig({ text, file: "config.yaml", env });
  return (result.ok ? [...result.warnings, ...result.notices] : result.problems).join("\n");
}

/** Long enough not to stand in a message by chance, and no plain word. */
const secret = fc.string({ minLength: 6, maxLength: 40, unit: "grapheme" }).map((text) => `${text}+Zq7/${text}`);

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
  ["a security token", (value) => config({ auth: `{ ak_sk: { security_token: ${value} } }` })],
  ["a path of a key's file", (value) => config({ auth: `{ ak_sk: { secret_key_file: ${value} } }` })],
  ["an agency's endpoint", (value) => config({ auth: `{ ecs_agency: { endpoint: ${value} } }` })],
  ["an agency", (value) => config({ auth: `{ ecs_agency: ${value} }` })],
  ["a proxy", (value) => config({ proxy_url: value })],
  ["a proxy's password", (value) => config({ proxy_url: `"http://user:${value}@proxy.example.com"` })],
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

describe.each(places)("a secret as %s is never told", (_, write) => {
  test("as it is, and in quotes", async () => {
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom("", '"', "'"), async (value, quote) => {
        expect(await lines(write(quote + value + quote))).not.toContain(value);
      }),
      { numRuns: 60 },
    );
  });

  test("as a variable", async () => {
    await fc.assert(
      fc.asyncProperty(secret, async (value) => {
        expect(await lines(write('"${VALUE}"'), { VALUE: value })).not.toContain(value);
      }),
      { numRuns: 60 },
    );
  });
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
      fc.asyncProperty(fc.oneof(secret, fc.stringMatching(/^Zq7[A-Za-z0-9]{8}$/)), async (value) => {
        const reference =
          key === "task_files" ? '[ "${VALUE}" ]' : key === "tasks" ? '[ "${VALUE}", "${VALUE}" ]' : '"${VALUE}"';
        expect(await lines(collector(key, reference), { VALUE: value })).not.toContain(value);
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
  expect(await lines(collector(key, value))).toContain(message);
});
