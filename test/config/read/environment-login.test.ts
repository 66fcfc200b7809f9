import { expect, test } from "vitest";
import type { AuthConfig } from "../../../src/config/config.ts";
import { type Env, parseProject, revealed } from "../parsed.ts";

const keys = { HUAWEICLOUD_SDK_AK: "AKvalue", HUAWEICLOUD_SDK_SK: "SKvalue" };
const id = { HUAWEICLOUD_SDK_PROJECT_ID: "envid" };
const token = { HUAWEICLOUD_SDK_SECURITY_TOKEN: "STvalue" };

const secrets = (auth: AuthConfig | undefined) =>
  auth?.method === "ak_sk"
    ? [auth.accessKey, auth.secretKey, auth.securityToken].flatMap((source) => revealed(source) ?? [])
    : [];

test.each<[string, Env, string, string[], string]>([
  ["id: abc", keys, "abc", ["value AKvalue", "value SKvalue"], "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK"],
  [
    "id: abc",
    { ...keys, ...id, HUAWEICLOUD_SDK_SECURITY_TOKEN: "" },
    "abc",
    ["value AKvalue", "value SKvalue"],
    "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK",
  ],
  [
    "id: abc",
    { ...keys, ...token },
    "abc",
    ["value AKvalue", "value SKvalue", "value STvalue"],
    "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN",
  ],
  [
    "",
    { ...keys, ...id },
    "envid",
    ["value AKvalue", "value SKvalue"],
    "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_PROJECT_ID",
  ],
])("without auth, %s and %o", async (lines, env, projectId, auth, used) => {
  const result = await parseProject(`region: eu-de\n${lines}`, env);
  expect(result).toMatchObject({
    ok: true,
    notices: [`/etc/cbr/config.yaml:2:5: projects[0]: no auth is given; the environment's ${used} are used`],
  });
  const [project] = result.ok ? result.config.projects : [];
  expect([project?.id, secrets(project?.auth)]).toEqual([projectId, auth]);
});

test("a login that is given wins, and takes no id from the environment", async () => {
  const env = { ...keys, ...id };
  const given = await parseProject("region: eu-de\nid: abc\nauth: { token: x }", env);
  expect(given).toMatchObject({
    ok: true,
    notices: [],
    config: { projects: [{ id: "abc", auth: { method: "token" } }] },
  });
  expect(await parseProject("region: eu-de\nauth: { token: x }", env)).toMatchObject({
    problems: [expect.stringContaining("projects[0].id: is missing")],
  });
  const password = await parseProject(
    "region: eu-de\nauth: { password: { domain_name: a, user_name: b, password: c } }",
    env,
  );
  expect(password.ok && password.config.projects[0]).not.toHaveProperty("id");
});

test("an auth that is wrong is not replaced", async () => {
  const env = { ...keys, ...id };
  for (const auth of ["auth: {}", "auth:", "auth: x", "auths: x"]) {
    expect(await parseProject(`region: eu-de\nid: abc\n${auth}`, env)).toMatchObject({ ok: false });
  }
});
