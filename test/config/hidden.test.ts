import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadResult } from "../../src/config/load-config.ts";
import { type Env, parseProject } from "./parsed.ts";
import { tempFolder } from "./temp-folder.ts";

/** All that a program could show of what was loaded, by accident or not. */
function everythingShown(result: LoadResult): string {
  if (!result.ok) return result.problems.join("\n");
  const { config, warnings, notices, brokenFiles, brokenProjects } = result;
  const text = [...warnings, ...notices, ...brokenFiles, JSON.stringify([config, brokenProjects])];
  text.push(
    inspect(config, { depth: 20, showHidden: true, getters: true }),
    ...leaves(config).map((leaf) => `${leaf}`),
  );
  return text.join("\n");
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
  fc.string({ unit: "binary", maxLength: 10 }).map((text) => `Zq7\n\t${text}`),
);

/** Double quotes of YAML, in which `$$` is a `$`. */
const quote = (text: string): string => JSON.stringify(text.replaceAll("$", "$$$$"));

const auths: readonly (readonly [string, (secret: string) => string])[] = [
  ["token", (secret) => `token: ${secret}`],
  ["password", (secret) => `password: { domain_name: acme, user_name: exporter, password: ${secret} }`],
  ["access key", (secret) => `ak_sk: { access_key: ${secret}, secret_key: x }`],
  ["secret key", (secret) => `ak_sk: { access_key: x, secret_key: ${secret} }`],
  ["security token", (secret) => `ak_sk: { access_key: x, secret_key: x, security_token: ${secret} }`],
];

test.each(auths)("a %s is shown nowhere", async (name, write) => {
  const good = name === "password" ? line : key;
  await fc.assert(
    fc.asyncProperty(fc.oneof(good, anything), fc.boolean(), async (secret, asVariable) => {
      const text = asVariable ? '"${'.concat('VALUE}"') : quote(secret);
      const lines = `id: abc\nregion: eu-de\nauth: { ${write(text)} }`;
      expect(everythingShown(await parseProject(lines, { VALUE: secret }))).not.toContain("Zq7");
    }),
    { numRuns: 150 },
  );
  // Not because nothing is ever good.
  expect(await parseProject(`id: abc\nregion: eu-de\nauth: { ${write("Zq7")} }`)).toMatchObject({ ok: true });
});

test("the URL of a proxy is shown nowhere", async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.boolean(), async (secret, encoded) => {
      const url = `http://user:${encoded ? encodeURIComponent(secret.toWellFormed()) : secret}@Zq7.example.com:3128`;
      const lines = `id: abc\nregion: eu-de\nauth: { token: x }\nproxy_url: ${quote(url)}`;
      const result = await parseProject(lines);
      if (encoded) expect(result.ok).toBe(true);
      expect(everythingShown(result)).not.toMatch(/Zq7/i);
    }),
    { numRuns: 150 },
  );
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
