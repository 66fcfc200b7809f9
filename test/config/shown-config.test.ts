import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secretKeys } from "../../src/config/read/auth.ts";
import { shownConfig } from "../../src/config/shown-config.ts";
import { projectRoot } from "../program.ts";

test("it is shown as it is written, but for secrets, credentials in URLs, and comments", () => {
  expect(
    shownConfig(`# the token of last week was abc
x-login: &login { token: s3cret } # s3cret
x-token: &old "s3cret"
projects:
  - name: prod
    id: 0e8123
    endpoint: \${ENDPOINT:-https://cbr.example.com}
    proxy_url: http://user:s3cret@proxy:3128/
    auth: *login
  - name: dr
    auth: { token: *old }
  - name: vault
    auth:
      password: { domain_name: acme, user_name: exporter, password: "s3cret: with #" }
  - auth:
      ak_sk:
        access_key: s3cret
        secret_key_file: /run/sk
        security_token: |-
          s3cret
  - auth: { token: "\${CBR_TOKEN}" }
  - auth: { token: "\${CBR_TOKEN:-s3cret}" }
collectors:
  - name: nightly
    schedule: "*/5 * * * *"
    tasks: [no, 2020-01-01, 1_000]
`),
  ).toBe(`x-login: &login { token: <secret> }
x-token: &old <secret>
projects:
  - name: prod
    id: 0e8123
    endpoint: \${ENDPOINT:-https://cbr.example.com}
    proxy_url: http://<secret>@proxy:3128/
    auth: *login
  - name: dr
    auth: { token: *old }
  - name: vault
    auth:
      password: { domain_name: acme, user_name: exporter, password: <secret> }
  - auth:
      ak_sk:
        access_key: <secret>
        secret_key_file: /run/sk
        security_token: <secret>
  - auth: { token: "\${CBR_TOKEN}" }
  - auth: { token: <secret> }
collectors:
  - name: nightly
    schedule: "*/5 * * * *"
    tasks: [ no, 2020-01-01, 1_000 ]
`);
});

describe("whatever the configuration", () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const secret = fc.stringMatching(/^S[0-9]{12}[ #:{}'"-]{0,3}E$/);
  /** A value as it may stand in YAML. */
  const written = (text: string) =>
    fc.constantFrom(JSON.stringify(text), `'${text.replaceAll("'", "''")}'`, `>-\n      ${text}`);

  test.each([...secretKeys])("no %s is shown, in whatever way it stands there", (key) => {
    fc.assert(
      fc.property(
        secret.chain((text) => fc.tuple(fc.constant(text), written(text), word)),
        ([text, value, anchor]) => {
          const plain = `projects:\n  - auth:\n    # ${text}\n    ${key}: ${value}\n`;
          const aliased = `x-${anchor}: &${anchor} ${value.replaceAll("      ", "  ")}\na:\n  ${key}: *${anchor}\n  b: *${anchor}\n`;
          for (const shown of [shownConfig(plain), shownConfig(aliased)]) {
            expect(shown).not.toContain(text.slice(0, 13));
            expect(shown).toContain("<secret>");
          }
        },
      ),
    );
  });

  test("the keys that hold secrets are all that the reader knows as such", () => {
    expect([...secretKeys].sort()).toEqual(["access_key", "password", "secret_key", "security_token", "token"]);
  });
});

test("the example of the repository is shown whole, and is the same when it is shown again", () => {
  const shown = shownConfig(readFileSync(`${projectRoot}config.example.yaml`, "utf8"));
  expect(shown).toMatch(/^projects:\n/m);
  expect(shownConfig(shown)).toBe(shown);
});
