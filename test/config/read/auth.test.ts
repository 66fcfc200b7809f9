// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { describe, expect, test } from "vitest";
import { reveal } from "../../../src/base/secret.ts";
import type { AuthConfig } from "../../../src/config/config.ts";
import { goodProject, parseProject, problemsOf, revealed } from "../parsed.ts";
import { tempFolder } from "../temp-folder.ts";

const place = "id: abc\nregion: eu-de\n";

function shown(auth: AuthConfig, folder: string): readonly (string | undefined)[] {
  const relative = (text: string | undefined) => text?.replace(`${folder}/`, "");
  switch (auth.method) {
    case "token":
      return [auth.method, reveal(auth.token)];
    case "token_file":
      return [auth.method, relative(auth.path)];
    case "password":
      return [auth.method, auth.domainName, auth.userName, relative(revealed(auth.password))];
    case "ak_sk":
      return [
        auth.method,
        ...[auth.accessKey, auth.secretKey, auth.securityToken].map((source) => relative(revealed(source))),
      ];
    case "ecs_agency":
      return [auth.method, auth.endpoint];
  }
}

test.each<[string, (string | undefined)[]]>([
  ["token: MIIabc", ["token", "MIIabc"]],
  ["token_file: token", ["token_file", "token"]],
  [
    "password: { domain_name: acme, user_name: exporter, password: 'p w: ä🔑 $$' }",
    ["password", "acme", "exporter", "value p w: ä🔑 $"],
  ],
  [
    "password: { domain_name: 'Acme & Söhne', user_name: 001, password_file: pw }",
    ["password", "Acme & Söhne", "001", "file pw"],
  ],
  ["ak_sk: { access_key: AK, secret_key: SK }", ["ak_sk", "value AK", "value SK", undefined]],
  ["ak_sk: { access_key_file: key, secret_key_file: token }", ["ak_sk", "file key", "file token", undefined]],
  ["ak_sk: { access_key: AK, secret_key_file: crlf }", ["ak_sk", "value AK", "file crlf", undefined]],
  ["ak_sk: { access_key_file: key, secret_key: 123 }", ["ak_sk", "file key", "value 123", undefined]],
  ["ak_sk: { access_key: AK, secret_key: SK, security_token: ST }", ["ak_sk", "value AK", "value SK", "value ST"]],
  [
    "ak_sk: { access_key: AK, secret_key: SK, security_token_file: long }",
    ["ak_sk", "value AK", "value SK", "file long"],
  ],
  ["ecs_agency: {}", ["ecs_agency", "http://169.254.169.254"]],
  ["ecs_agency: { endpoint: http://metadata.example.com:80/a/ }", ["ecs_agency", "http://metadata.example.com/a"]],
  ["ecs_agency: { endpoint: https://10.0.0.1:8443 }", ["ecs_agency", "https://10.0.0.1:8443"]],
  ['token: "${CBR_TOKEN}"', ["token", "MIIenv"]],
])("auth: { %s }", async (text, expected) => {
  const folder = await tempFolder({
    token: "MIIabc\n",
    key: "AK",
    pw: "  p w: ä🔑\n",
    crlf: "SK\r\n",
    long: `${"x".repeat(64 * 1024 - 1)}\n`,
  });
  const { auth } = await goodProject(`${place}auth:\n  ${text}`, { CBR_TOKEN: "MIIenv" }, folder);
  expect(shown(auth, folder)).toEqual(expected);
});

test.each([
  ["a password file", "password: { domain_name: a, user_name: b, password_file: x }", "password.password_file"],
  ["a key's file", "ak_sk: { access_key: a, secret_key_file: x }", "ak_sk.secret_key_file"],
])("%s must not be larger than a secret may be", async (_, text, path) => {
  const folder = await tempFolder({ x: "x".repeat(64 * 1024 + 1) });
  expect(await parseProject(`${place}auth: { ${text} }`, {}, folder)).toMatchObject({
    brokenFiles: [
      expect.stringContaining(`projects[0].auth.${path}: the file cannot be read: it is larger than 64 KiB`),
    ],
  });
});

test("nor the secret itself", async () => {
  const long = "x".repeat(64 * 1024 + 1);
  expect(await problemsOf(`${place}auth: { token: ${long} }`)).toHaveLength(1);
  expect(await problemsOf(`${place}auth: { password: { domain_name: a, user_name: b, password: ${long} } }`)).toEqual([
    expect.stringContaining("auth.password.password: must be a password of one line"),
  ]);
});

const password = "auth: { password: { domain_name: a, user_name: b, password: c } }\n";

describe("the id may be left out", () => {
  test.each([
    ["", "https://iam.eu-de.otc.t-systems.com"],
    ["endpoint: http://127.0.0.1:1\niam_endpoint: http://127.0.0.1:2\n", "http://127.0.0.1:2"],
  ])("for a password, which finds it by the region: %j", async (lines, iamEndpoint) => {
    const project = await goodProject(`region: eu-de\n${lines}${password}`);
    expect(project).not.toHaveProperty("id");
    expect(project.iamEndpoint).toBe(iamEndpoint);
  });

  test.each(["token: a", "token_file: /dev/null", "ecs_agency: {}"])("not for %s", async (auth) => {
    const lines = await problemsOf(`region: eu-de\nauth: { ${auth} }`);
    expect(lines).toContain(
      "/etc/cbr/config.yaml:2:5: projects[0].id: is missing; it must be a project id of 1 to 64 letters, digits, _ or -",
    );
  });
});

test.each([
  [`idd: abc\nregoin: eu-de\n${password}`, ['[0]: unknown key "idd"', '[0]: unknown key "regoin"']],
  [`${place}auht: { token: x }`, ['[0]: unknown key "auht"; did you mean "auth"?']],
  // While it is not clear what the login is to be, nothing is said of the id.
  ["region: eu-de\nauth: { pasword: {} }", ['[0].auth: unknown key; did you mean "password"?']],
  [
    `id: abc\nendpoint: https://a.example.com\niam_endpont: x\n${password}`,
    ['[0]: unknown key "iam_endpont"; did you mean "iam_endpoint"?'],
  ],
  [
    `${place}auth: { token: x }\ntls_config: { cert_fil: a, key_file: b }`,
    ['[0].tls_config: unknown key "cert_fil"', "[0].tls_config.key_file: the file cannot be read: no such file"],
  ],
  [
    `${place}auth: { token: x }\nretrys: 2\nretries: many`,
    ['[0]: unknown key "retrys"', "[0].retries: must be a whole number from 0 to 10"],
  ],
])("what is misspelt is not missing too, and what is wrong is told: %j", async (lines, expected) => {
  const problems = await problemsOf(lines);
  expect(problems).toEqual(expected.map((text) => expect.stringContaining(`: projects${text}`)));
});
