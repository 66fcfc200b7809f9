// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { describe, expect, test } from "vitest";
import { goodProject, parseProject } from "../parsed.ts";
import { pemFiles } from "../pem-files.ts";
import { tempFolder } from "../temp-folder.ts";

const rest = "id: abc\nregion: eu-de\nauth: { token: x }\n";

describe("tls_config", () => {
  test.each([
    ["{}", {}],
    ["{ ca_file: ca.pem }", { caFile: "ca.pem" }],
    ["{ ca_file: bundle.pem, insecure_skip_verify: false }", { caFile: "bundle.pem" }],
    ["{ cert_file: cert.pem, key_file: key.pem }", { certFile: "cert.pem", keyFile: "key.pem" }],
    ["{ cert_file: both.pem, key_file: both.pem }", { certFile: "both.pem", keyFile: "both.pem" }],
    ["{ server_name: cbr-1.example.com }", { serverName: "cbr-1.example.com" }],
    ["{ server_name: 3com }", { serverName: "3com" }],
  ])("%s", async (text, expected: Record<string, string>) => {
    const pem = pemFiles();
    const folder = await tempFolder({ ...pem, "both.pem": `${pem["cert.pem"]}${pem["key.pem"]}` });
    const { tls } = await goodProject(`${rest}tls_config: ${text}`, {}, folder);
    const absolute = Object.entries(expected).map(([key, name]) => [
      key,
      key.endsWith("File") ? `${folder}/${name}` : name,
    ]);
    expect(tls).toEqual({ insecureSkipVerify: false, ...Object.fromEntries(absolute) });
  });

  test("none", async () => {
    expect(await goodProject(rest)).not.toHaveProperty("tls");
  });

  test.each(["-a.example.com", "a..b", "a.", "", "a_b", "10.0.0.1", "::1", "a b", "*.example.com", "x".repeat(64)])(
    "server_name %j is refused",
    async (name) => {
      expect(await parseProject(`${rest}tls_config: { server_name: "${name}" }`)).toMatchObject({
        problems: [expect.stringContaining("server_name: must be the name of a host")],
      });
    },
  );
});

describe("warnings", () => {
  const insecure =
    "projects[0].tls_config.insecure_skip_verify: certificates are not verified: whoever stands between can read the login; give the authority as ca_file instead";
  const noEffect = "projects[0].tls_config: has no effect: the endpoint is http://";

  test.each([
    [`${rest}tls_config: { insecure_skip_verify: true }`, `:6:41: ${insecure}`],
    [`id: abc\nendpoint: http://localhost:1\nauth: { token: x }\ntls_config: {}`, `:6:17: ${noEffect}`],
    [
      `id: abc\nendpoint: http://localhost:1\niam_endpoint: https://iam.example.com\nauth: { token: x }\ntls_config: { insecure_skip_verify: true }`,
      `:7:41: ${insecure}`,
    ],
    [`${rest}endpoint: http://localhost:1\ntls_config: { insecure_skip_verify: true }`, `:7:17: ${noEffect}`],
    [`${rest}tls_config: { insecure_skip_verify: false }`, undefined],
  ])("%j", async (lines, warning) => {
    const result = await parseProject(lines);
    const own = result.ok ? result.warnings.filter((line) => !line.includes("collectors")) : result.problems;
    expect(own.map((line) => line.replace(/^.*config.yaml/, ""))).toEqual(warning === undefined ? [] : [warning]);
  });
});
