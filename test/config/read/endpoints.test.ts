import { describe, expect, test } from "vitest";
import { goodProject, parseProject, problemsOf } from "../parsed.ts";

const rest = "id: abc\nauth: { token: MIIabc }\n";

describe("endpoints of a region", () => {
  test.each([
    ["ap-southeast-1", "ap-southeast-1.myhuaweicloud.com"],
    ["cn-north-4", "cn-north-4.myhuaweicloud.com"],
    ["ae-ad-1", "ae-ad-1.myhuaweicloud.com"],
    ["eu-west-101", "eu-west-101.myhuaweicloud.eu"],
    ["eu-west-0", "eu-west-0.myhuaweicloud.com"],
    ["eu-de", "eu-de.otc.t-systems.com"],
    ["eu-nl", "eu-nl.otc.t-systems.com"],
    // Of the Swiss Open Telekom Cloud, whose IAM has another name.
    ["eu-ch2", "eu-ch2.sc.otc.t-systems.com", "iam-pub"],
  ])("%s is known", async (region, host, iam = "iam") => {
    const endpoints = { endpoint: `https://cbr.${host}`, iamEndpoint: `https://${iam}.${host}` };
    expect(await parseProject(`${rest}region: ${region}`)).toMatchObject({
      notices: [],
      config: { projects: [{ region, ...endpoints }] },
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

  test.each([
    ["https://iam.example.com/v3", "https://iam.example.com"],
    ["https://iam.example.com/v3//", "https://iam.example.com"],
    ["https://iam.example.com:5000/identity/v3/", "https://iam.example.com:5000/identity"],
    ["https://iam.example.com/v3/v3", "https://iam.example.com/v3"],
    ["https://iam.example.com/v30", "https://iam.example.com/v30"],
  ])("iam_endpoint %s means %s", async (given, iamEndpoint) => {
    const lines = `${rest}endpoint: https://a.example.com\niam_endpoint: ${given}`;
    expect(await goodProject(lines)).toMatchObject({ endpoint: "https://a.example.com", iamEndpoint });
  });

  test("without a region IAM's is not known", async () => {
    expect(await goodProject(`${rest}endpoint: https://a.example.com`)).not.toHaveProperty("iamEndpoint");
  });
});

describe("a region that this version does not know", () => {
  const cbr = "https://cbr.eu-de-9.myhuaweicloud.com";
  const iam = "https://iam.eu-de-9.myhuaweicloud.com";
  const note = (assumed: string) =>
    `/etc/cbr/config.yaml:5:13: projects[0].region: this version does not know the region; ${assumed} assumed, which endpoint and iam_endpoint override`;

  test.each([
    ["", note(`${cbr} and ${iam} are`)],
    ["endpoint: https://a.example.com", note(`${iam} is`)],
    ["iam_endpoint: https://b.example.com", note(`${cbr} is`)],
    ["endpoint: https://a.example.com\niam_endpoint: https://b.example.com", undefined],
    ["endpoint: http://127.0.0.1:1", undefined],
  ])("is taken, with a note about what is assumed beside %j", async (lines, notice) => {
    const result = await parseProject(`${rest}region: eu-de-9\n${lines}`);
    expect(result).toMatchObject({ ok: true, notices: notice === undefined ? [] : [notice] });
  });

  test("is not quoted where a variable holds it", async () => {
    const result = await parseProject(`${rest}region: "\${REGION}"`, { REGION: "hunter2" });
    expect(result).toMatchObject({
      ok: true,
      notices: [note("https://cbr.<region>.myhuaweicloud.com and https://iam.<region>.myhuaweicloud.com are")],
    });
  });

  test.each(["eu-west-102", "eu-west-1010", "constructor"])("is %s", async (region) => {
    const result = await parseProject(`${rest}region: ${region}`);
    expect(result).toMatchObject({ ok: true, notices: [expect.stringContaining("does not know the region")] });
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
