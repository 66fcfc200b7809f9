import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editorProblems } from "../support/editor.ts";
import { goodProject, projectText } from "./parsed.ts";

const folder = import.meta.dirname;

describe("an editor takes what the program takes", async () => {
  // To an editor an alias of nothing is a mistake, also under an `x-` that is never used.
  const names = (await readdir(join(folder, "valid"))).filter((name) => name !== "anchors.yaml");
  test.each(names)("%s", async (name) => {
    expect(editorProblems(await readFile(join(folder, "valid", name), "utf8"))).toEqual([]);
  });

  const rest = "id: abc\nregion: eu-de\nauth: { token: x }\n";
  test.each([
    // What YAML takes for a number or a truth value.
    ...["0e8123", "12345678901234567890", "1_000", "no", "2020-01-01", "0x1F", "true", "1e3", "007"].map(
      (id) => `id: ${id}\nregion: eu-de\nauth: { token: ${id} }`,
    ),
    "region: eu-de\nauth: { password: { domain_name: 12, user_name: 001, password: 1.5 } }",
    "id: abc\nregion: eu-de\nauth: { ak_sk: { access_key: 1, secret_key: true, security_token_file: /dev/null } }",
    "id: abc\nendpoint: http://[::1]:1\nauth: { ecs_agency: {} }",
    "region: eu-de\nid: abc",
    ...["rate_limit: '5'", "rate_limit: .5", "retries: 007", "concurrency: '${ONE}'", "timeout: ${SECOND}"],
    ...["proxy_from_environment: True", "proxy_from_environment: 'FALSE'", "proxy_from_environment: '${YES}'"],
    ...["proxy_url: http://u:${P}@proxy/", "proxy_url: HTTPS://u:%20@[::1]:1", "endpoint: '${URL}/cbr'"],
    ...["proxy_url: http://p\nproxy_from_environment: false", "tls_config: { insecure_skip_verify: '${YES}' }"],
  ])("%j", async (lines) => {
    const env = { ONE: "1", SECOND: "1s", YES: "true", P: "p%20", URL: "https://a.example.com" };
    const sdk = { HUAWEICLOUD_SDK_AK: "ak", HUAWEICLOUD_SDK_SK: "sk" };
    const text = /^(?:id|region):/.test(lines) ? lines : rest + lines;
    await goodProject(text, { ...env, ...sdk });
    expect(editorProblems(projectText(text))).toEqual([]);
  });
});

/** Fixtures that a schema cannot refuse, by the reason; any other it must. */
const unseen: Readonly<Record<string, readonly string[]>> = {
  "it looks at no file": [
    ...["ak-sk-files-wrong", "password-file-missing", "password-file-two-lines", "password-file-with-byte-order-mark"],
    ...["task-file-empty", "task-file-folder", "task-file-in-two-collectors", "task-file-missing"],
    ...["task-file-named-by-variable", "task-file-not-utf8", "task-file-wrong", "task-in-file-twice"],
    ...["tls-ca-cut", "tls-ca-damaged", "tls-ca-der", "tls-ca-with-byte-order-mark"],
    ...["tls-files-missing", "tls-files-not-pem", "tls-files-swapped", "tls-key-encrypted-as-of-old"],
    ...["tls-key-encrypted", "tls-key-of-other-certificate", "tls-key-weak"],
    ...["token-file-empty", "token-file-folder", "token-file-missing", "token-file-two-lines"],
  ],
  "it does not know the environment": [
    ...["auth-missing", "auth-missing-environment-without-id", "auth-missing-half-environment"],
    ...["auth-missing-other-half-environment", "auth-missing-wrong-environment", "proxy-of-environment-wrong"],
    ...["number-from-variable", "project-unknown-variable", "secret-variables-unset", "timezone-variable"],
    ...["token-unset-variable", "variable-unset", "variable-without-name"],
  ],
  "it does not compare two places": [
    ...["collector-name-twice", "project-name-twice", "project-twice", "project-of-environment-twice", "merge-twins"],
    ...["project-left-out", "project-unknown", "task-twice", "task-twice-over-collectors", "merge-task-twice"],
  ],
  "YAML allows it": ["merge-twice", "tag"],
  "it neither counts in cron nor knows timezones": [
    ...["schedule-backwards", "schedule-field-out-of-range", "schedule-long-step", "schedule-never"],
    "timezone-unknown",
  ],
  "it does not read URLs": ["password-without-iam-beside-loopback"],
};

describe("an editor refuses what the program refuses", async () => {
  const names = (await readdir(join(folder, "invalid"))).filter((name) => name.endsWith(".yaml"));
  const passing = new Set(Object.values(unseen).flat());
  const problems = async (name: string) => editorProblems(await readFile(join(folder, "invalid", name), "utf8"));

  test.each(names.filter((name) => !passing.has(name.slice(0, -5))))("%s", async (name) => {
    expect(await problems(name)).not.toEqual([]);
  });

  test.each(Object.entries(unseen))("but for some: %s", async (_, some) => {
    for (const name of some) expect({ name, problems: await problems(`${name}.yaml`) }).toEqual({ name, problems: [] });
  });
});
