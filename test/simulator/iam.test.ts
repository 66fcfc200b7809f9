import { expect, test } from "vitest";
import { iamId } from "../../src/simulator/iam.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { json, show, signed, start } from "./start.ts";

const noon = Date.UTC(2026, 10, 24, 12);
const other = { id: "0e4b", name: "eu-de", token: "token-of-the-other" };

interface Login {
  readonly domain?: string;
  readonly name?: string;
  readonly password?: string;
  readonly scope?: object;
}

function login({ url }: Simulator, options: Login = {}): Promise<Response> {
  const { domain = "demo", name = "exporter", password = "demo-password" } = options;
  const { scope = { project: { id: vendorProjectId } } } = options;
  const user = { name, password, domain: { name: domain } };
  const body = JSON.stringify({ auth: { identity: { methods: ["password"], password: { user } }, scope } });
  return post(url, body, "?nocatalog=true");
}

function post(url: string, body: string, query = ""): Promise<Response> {
  return fetch(`${url}/v3/auth/tokens${query}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
}

const tokenOf = async (response: Promise<Response>) => (await response).headers.get("x-subject-token") ?? "";

const showWith = (simulator: Simulator, token: string) =>
  show(simulator, vendorExample.id, { headers: { "X-Auth-Token": token } });

function validate({ url }: Simulator, subject?: string, auth = "demo-token"): Promise<Response> {
  const headers = { "X-Auth-Token": auth, ...(subject !== undefined && { "X-Subject-Token": subject }) };
  return fetch(`${url}/v3/auth/tokens`, { headers });
}

test("a login gets a token for a day, which opens its project", async () => {
  const simulator = await start({ now: () => noon });
  const response = await login(simulator);
  expect(response.status).toBe(201);
  const domain = { id: iamId("demo"), name: "demo" };
  expect(await json(response)).toEqual({
    token: {
      expires_at: "2026-11-25T12:00:00.000000Z",
      issued_at: "2026-11-24T12:00:00.000000Z",
      methods: ["password"],
      roles: [{ id: expect.any(String), name: "cbr_readonly" }],
      project: { id: vendorProjectId, name: "ap-southeast-1", domain },
      user: { id: expect.stringMatching(/^[0-9a-f]{32}$/), name: "exporter", domain, password_expires_at: "" },
    },
  });
  expect((await showWith(simulator, response.headers.get("x-subject-token") ?? "")).status).toBe(200);
  expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
});

test.each([
  ["a project's name and its domain's", { project: { name: "eu-de", domain: { name: "demo" } } }, other.id],
  ["a project's name and its domain's id", { project: { name: "eu-de", domain: { id: iamId("demo") } } }, other.id],
  ["a project's id", { project: { id: other.id } }, other.id],
  ["a domain's name", { domain: { name: "demo" } }, undefined],
  ["a domain's id", { domain: { id: iamId("demo") } }, undefined],
])("the scope can be %s", async (_, scope, project) => {
  const { token } = await json(await login(await start({ projects: [other] }), { scope }));
  expect(token.project?.id).toBe(project);
  expect(token.domain === undefined).toBe(project !== undefined);
});

const wrongLogin = "The username or password is wrong.";
const noScope = "The request you have made requires authentication.";
const domain = { name: "demo" };
test.each<[Login, string]>([
  [{ password: "x" }, wrongLogin],
  [{ name: "nobody" }, wrongLogin],
  [{ domain: "acme" }, wrongLogin],
  [{ scope: { project: { id: "x" } } }, noScope],
  [{ scope: { project: { name: "x", domain } } }, noScope],
  [{ scope: { project: { name: "ap-southeast-1", domain: { name: "x" } } } }, noScope],
  [{ scope: { domain: { name: "x" } } }, noScope],
])("a login with %j is IAM's 401", async (wrong, message) => {
  const response = await login(await start(), wrong);
  expect(await json(response)).toEqual({ error: { code: 401, message, title: "Unauthorized" } });
  expect(response.status).toBe(401);
});

const user = { name: "u", password: "p", domain: { name: "d" } };
const bodyOf = (part: object, scope?: unknown) =>
  JSON.stringify({ auth: { identity: { methods: ["password"], password: { user: { ...user, ...part } } }, scope } });

test.each([
  ["no JSON", "{", "auth.identity.methods must include password."],
  ["null", "null", "auth.identity.methods must include password."],
  ["another method", '{"auth":{"identity":{"methods":["token"]}}}', "auth.identity.methods must include password."],
  ["no password", bodyOf({ password: 1 }), /^auth\.identity\.password\.user/],
  ["no domain", bodyOf({ domain: "d" }), /^auth\.identity\.password\.user/],
  ["an empty scope", bodyOf({}, {}), /^auth\.scope/],
  ["a project by name alone", bodyOf({}, { project: { name: "n" } }), /^Expecting to find domain in project\. /],
  ["a scope of another kind", bodyOf({}, { project: { id: 7 } }), /^auth\.scope/],
  ["more than 64 KiB", " ".repeat(64 * 1024 + 1), "The request is too large."],
])("a body with %s is refused, as Keystone does", async (what, body, says) => {
  const response = await post((await start()).url, body);
  const [code, title] = what === "more than 64 KiB" ? [413, "Request Entity Too Large"] : [400, "Bad Request"];
  expect(await json(response)).toEqual({ error: { code, title, message: expect.stringMatching(says) } });
  expect(response.status).toBe(code);
});

test("what another IAM says of a token that this one does not know counts", async () => {
  const lives = { issuedMs: noon, expiresMs: noon + 60_000 };
  const token = { text: "theirs", domain: "d", user: "u", projectId: vendorProjectId, ...lives };
  const otherTokens = async (text: string) =>
    text === token.text ? ({ is: "valid", token } as const) : ({ is: "unknown" } as const);
  const simulator = await start({ otherTokens });
  const responses = [await showWith(simulator, "theirs"), await showWith(simulator, "nobody's")];
  expect(responses.map(({ status }) => status)).toEqual([200, 401]);
});

test("tokens end when their life is over, as the gateway and IAM tell", async () => {
  let now = noon;
  const simulator = await start({ now: () => now, tokenSeconds: 60 });
  const token = await tokenOf(login(simulator));
  now += 59_999;
  expect((await showWith(simulator, token)).status).toBe(200);
  expect((await json(await validate(simulator, token))).token.expires_at).toBe("2026-11-24T12:01:00.000000Z");
  now += 1;
  const refused = await json(await showWith(simulator, token));
  expect([refused.error_code, refused.error_msg]).toEqual([
    "APIGW.0301",
    "Incorrect IAM authentication information: token expires, expires_at: 2026-11-24T12:01:00.000000Z",
  ]);
  const answers = [
    await validate(simulator, token),
    await validate(simulator, token, token),
    await validate(simulator),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 401, 400]);
  expect((await json(await validate(simulator, "demo-token"))).token.expires_at).toBe("2099-12-31T23:59:59.000000Z");
});

test("one token or all of them can be revoked, by door and by route", async () => {
  const simulator = await start();
  const [a, b, c] = [simulator.issueToken(), simulator.issueToken(), simulator.issueToken({ lifeSeconds: 5 })];
  const statuses = async () => {
    const responses = await Promise.all([a, b, c, "demo-token"].map((token) => showWith(simulator, token)));
    return responses.map(({ status }) => status);
  };
  simulator.revokeTokens(a);
  simulator.revokeTokens("nobody's");
  expect(await statuses()).toEqual([401, 200, 200, 200]);
  const control = `${simulator.url}/simulator/tokens`;
  expect((await fetch(control, { method: "DELETE", headers: { "X-Subject-Token": b } })).status).toBe(204);
  expect(await statuses()).toEqual([401, 401, 200, 200]);
  await fetch(control, { method: "DELETE" });
  expect(await statuses()).toEqual([401, 401, 401, 401]);
  expect((await json(await showWith(simulator, a))).error_msg).toBe("The token must be updated.");
});

test("a token of one project does not open another, nor one of a domain any", async () => {
  const simulator = await start({ projects: [other] });
  const inOther = async (token: string) => {
    const url = `${simulator.url}/v3/${other.id}/operation-logs/${vendorExample.id}`;
    const response = await fetch(url, { headers: { "X-Auth-Token": token } });
    return [response.status, (await json(response)).error_code];
  };
  const unscoped = await tokenOf(login(simulator, { scope: { domain: { name: "demo" } } }));
  expect(await inOther(other.token)).toEqual([200, undefined]);
  expect(await inOther(simulator.issueToken({ projectId: other.id }))).toEqual([200, undefined]);
  expect(await inOther("demo-token")).toEqual([401, "APIGW.0307"]);
  expect(await inOther(unscoped)).toEqual([403, "APIGW.0306"]);
});

test.each([true, false])(
  "projects are listed to tokens and signatures, all of them with that right (%j)",
  async (may) => {
    const simulator = await start({ now: () => noon, projects: [other], mayListProjects: may });
    const get = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${simulator.url}${path}`, { headers });
      return [response.status, await json(response)];
    };
    const listed = (id: string, name: string) => ({ id, name, domain_id: iamId("demo"), enabled: true });
    const both = { projects: [listed(vendorProjectId, "ap-southeast-1"), listed(other.id, "eu-de")], links: {} };
    const message = "You are not authorized to perform the requested action: identity:list_projects.";
    const forbidden = [403, { error: { code: 403, message, title: "Forbidden" } }];
    const signature = (path: string, secret = "demo-secret-key") =>
      signed(`${simulator.url}${path}`, { at: noon, secret });
    const token = { "X-Auth-Token": "demo-token" };
    const found = [200, { projects: [listed(other.id, "eu-de")], links: {} }];
    expect(await get("/v3/projects?name=eu-de", token)).toEqual(may ? found : forbidden);
    expect(await get("/v3/projects", signature("/v3/projects"))).toEqual(may ? [200, both] : forbidden);
    expect(await get("/v3/auth/projects", token)).toEqual([200, both]);
    expect(await get("/v3/auth/projects", signature("/v3/auth/projects"))).toEqual([200, both]);
    expect((await get("/v3/auth/projects", {}))[0]).toBe(401);
    expect((await get("/v3/projects", signature("/v3/projects", "x")))[1]).toMatchObject({ error_code: "APIGW.0301" });
    expect([simulator.requestsOf("KeystoneListProjects"), simulator.requestsOf("KeystoneListAuthProjects")]).toEqual([
      3, 3,
    ]);
  },
);

test("iam:projects has faults of its own, and those of all tasks are not IAM's", async () => {
  const simulator = await start({ mayListProjects: true });
  simulator.setFault("*", { kind: "cut" });
  simulator.setFault("iam:projects", { kind: "foreign-id", id: "x" });
  const headers = { "X-Auth-Token": "demo-token" };
  expect((await json(await fetch(`${simulator.url}/v3/projects`, { headers }))).projects).toMatchObject([{ id: "x" }]);
  simulator.setFault("KeystoneValidateToken", { kind: "hang" });
  expect((await login(simulator)).status).toBe(201);
});
