// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { describe, expect, test } from "vitest";
import { reveal } from "../../../src/base/secret.ts";
import { type Env, goodProject, parseProject, problemsOf } from "../parsed.ts";

const rest = "id: abc\nregion: eu-de\nauth: { token: x }\n";

describe("a proxy", () => {
  test.each([
    ["http://proxy.example.com:3128", undefined],
    ["https://proxy", undefined],
    ["HTTP://user:p%40ss%25@[::1]:3128/", undefined],
    ["http://user:${PROXY_PASSWORD}@10.0.0.1:8080", "http://user:pw@10.0.0.1:8080"],
  ])("%s", async (url, expanded = url) => {
    const { proxy } = await goodProject(`${rest}proxy_url: "${url}"\nproxy_from_environment: false`, {
      PROXY_PASSWORD: "pw",
    });
    expect(proxy && "url" in proxy && reveal(proxy.url)).toBe(expanded);
  });

  test("of the environment", async () => {
    const env = { HTTPS_PROXY: "u:p@proxy:3128" };
    expect((await goodProject(`${rest}proxy_from_environment: true`, env)).proxy).toEqual({ fromEnvironment: true });
    expect(await goodProject(`${rest}proxy_from_environment: false`, { HTTPS_PROXY: "socks5://p" })).not.toHaveProperty(
      "proxy",
    );
  });

  const https = "HTTPS_PROXY in the environment must be an http:// or https:// URL";
  const http = "HTTP_PROXY in the environment holds a % that encodes nothing";
  test.each([
    ["a region's endpoints are https", "region: eu-de", [https]],
    ["an endpoint of http", "endpoint: http://localhost:1", [http]],
    ["one of each", "endpoint: http://localhost:1\niam_endpoint: https://iam.example.com", [https, http]],
  ])("of the environment that is wrong counts where it is used: %s", async (_, endpoints, faults) => {
    const env = { HTTP_PROXY: "u:5%@proxy", HTTPS_PROXY: "socks5://proxy:1", https_proxy: "" };
    const lines = `id: abc\nauth: { token: x }\n${endpoints}\nproxy_from_environment: true`;
    const problems = await problemsOf(lines, env);
    expect(problems.toSorted()).toEqual(faults.toSorted().map((fault) => expect.stringContaining(`: ${fault}`)));
  });

  test.each([
    ["", {}, ["neither https_proxy nor HTTPS_PROXY is set, so https:// endpoints are asked directly"]],
    [
      "",
      { HTTP_PROXY: "p:1" },
      ["neither https_proxy nor HTTPS_PROXY is set, so https:// endpoints are asked directly"],
    ],
    ["", { https_proxy: "p:1" }, []],
    [
      "endpoint: http://localhost:1",
      { HTTPS_PROXY: "p:1" },
      ["neither http_proxy nor HTTP_PROXY is set, so http:// endpoints are asked directly"],
    ],
    ["endpoint: http://localhost:1\niam_endpoint: https://iam.example.com", { http_proxy: "p", https_proxy: "p" }, []],
  ])("of the environment that names none is told: %j %j", async (endpoints, env: Env, notices) => {
    const result = await parseProject(`${rest}proxy_from_environment: true\n${endpoints}`, env);
    expect(result).toMatchObject({
      ok: true,
      notices: notices.map((notice) => `/etc/cbr/config.yaml:6:29: projects[0].proxy_from_environment: ${notice}`),
    });
  });

  test("none", async () => {
    expect(await goodProject(rest, { HTTPS_PROXY: "http://proxy:3128" })).not.toHaveProperty("proxy");
  });
});
