import { describe, expect, test } from "vitest";
import { goodProject, problemsOf } from "./parsed.ts";

const rest = "id: abc\nauth: { token: MIIabc }\n";

describe("endpoints of a region", () => {
  test.each([
    ["ap-southeast-1", "ap-southeast-1.myhuaweicloud.com"],
    ["cn-north-4", "cn-north-4.myhuaweicloud.com"],
    ["eu-west-101", "eu-west-101.myhuaweicloud.eu"],
    ["eu-west-0", "eu-west-0.myhuaweicloud.com"],
    ["eu-west-1010", "eu-west-1010.myhuaweicloud.com"],
    ["eu-de", "eu-de.otc.t-systems.com"],
    ["eu-nl", "eu-nl.otc.t-systems.com"],
  ])("%s", async (region, host) => {
    expect(await goodProject(`${rest}region: ${region}`)).toMatchObject({
      region,
      endpoint: `https://cbr.${host}`,
      iamEndpoint: `https://iam.${host}`,
    });
  });

  test.each([
    ["endpoint: https://a.example.com", "https://a.example.com", "https://iam.eu-west-101.myhuaweicloud.eu"],
    ["iam_endpoint: https://b.example.com", "https://cbr.eu-west-101.myhuaweicloud.eu", "https://b.example.com"],
    [
      "iam_endpoint: http://localhost:1\nendpoint: https://a.example.com/",
      "https://a.example.com",
      "http://localhost:1",
    ],
    // A cloud for tests: the login must not reach the real IAM.
    ["endpoint: http://127.0.0.1:1", "http://127.0.0.1:1", undefined],
    ["endpoint: https://localhost:1", "https://localhost:1", undefined],
    ["endpoint: 'http://[::1]:1'\niam_endpoint: http://127.0.0.1:2", "http://[::1]:1", "http://127.0.0.1:2"],
  ])("%j overrides each on its own", async (lines, endpoint, iamEndpoint) => {
    const project = await goodProject(`${rest}region: eu-west-101\n${lines}`);
    expect([project.endpoint, project.iamEndpoint]).toEqual([endpoint, iamEndpoint]);
    expect("iamEndpoint" in project).toBe(iamEndpoint !== undefined);
  });

  test("without a region IAM's is not known", async () => {
    expect(await goodProject(`${rest}endpoint: https://a.example.com`)).not.toHaveProperty("iamEndpoint");
  });
});

describe("a named endpoint", () => {
  test.each([
    ["https://cbr.example.com", "https://cbr.example.com"],
    ["HTTPS://CBR.example.com:443/a/b///", "https://cbr.example.com/a/b"],
    ["http://localhost:8080", "http://localhost:8080"],
    ["http://127.1.2.3", "http://127.1.2.3"],
    ['"http://[::1]:1/"', "http://[::1]:1"],
  ])("endpoint %s", async (text, endpoint) => {
    expect((await goodProject(`${rest}endpoint: ${text}`)).endpoint).toBe(endpoint);
  });

  test.each([
    "http://cbr.example.com",
    "http://localhost.example.com",
    "http://128.0.0.1",
    "http://127.0.0.1.example.com",
    "ftp://cbr.example.com",
    "https:cbr.example.com",
    "https://",
    "https://@cbr.example.com",
    "https://u:p@cbr.example.com",
    "https://cbr.example.com?",
    "https://cbr.example.com/#",
    '"https://cbr.example.com/\\n"',
    '"https://cbr .example.com/"',
    "cbr.example.com",
    "[ https://cbr.example.com ]",
  ])("endpoint %s is refused, unquoted", async (text) => {
    const lines = await problemsOf(`${rest}endpoint: ${text}`);
    expect(lines).toEqual([expect.stringContaining("config.yaml:5:15: projects[0].endpoint: must ")]);
    expect(lines.join()).not.toContain("cbr.example");
  });
});
