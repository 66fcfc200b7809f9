import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type Cloud, type Operation, respondTo } from "./cloud.ts";
import { iamError, iamErrorOf } from "./errors.ts";
import { type Answer, jsonAnswer, type SimulatorEnv, toResponse, type WireRequest, wireRequest } from "./exchange.ts";
import { type Access, signatureRefusal, userKey } from "./gateway.ts";
import { isSigned } from "./signature.ts";
import { apiTime } from "./tasks/values.ts";
import type { SimToken } from "./tokens.ts";

const limit = bodyLimit({ maxSize: 64 * 1024, onError: () => toResponse(iamError(413, "The request is too large.")) });

/** Answers as IAM does (`reference/cloud-access.md`, "A token from IAM"). */
export function iamApp(cloud: Cloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  const { access } = cloud;
  const respond = (operation: Operation, c: Context<SimulatorEnv>, right: () => Answer) =>
    respondTo(operation, c, cloud, iamErrorOf, right);
  app.post("/v3/auth/tokens", limit, async (c) => {
    const body: unknown = await c.req.json().catch(() => undefined);
    const withCatalog = c.req.query("nocatalog") === undefined;
    return respond("KeystoneCreateToken", c, () => createToken(access, body, withCatalog));
  });
  app.get("/v3/auth/tokens", (c) =>
    respond("KeystoneValidateToken", c, () =>
      validateToken(access, c.req.header("x-auth-token"), c.req.header("x-subject-token")),
    ),
  );
  app.get("/v3/projects", async (c) => {
    const request = await wireRequest(c);
    return respond(
      "KeystoneListProjects",
      c,
      () => callerRefusal(access, request) ?? listProjects(access, c.req.query("name")),
    );
  });
  app.get("/v3/auth/projects", async (c) => {
    const request = await wireRequest(c);
    return respond("KeystoneListAuthProjects", c, () => callerRefusal(access, request) ?? projectsAnswer(access));
  });
  app.delete("/simulator/tokens", (c) => {
    access.tokens.revoke(c.req.header("x-subject-token"));
    return c.body(null, 204);
  });
  return app;
}

/** The password method. */
function createToken(access: Access, body: unknown, withCatalog: boolean): Answer {
  const methods = at(body, "auth", "identity", "methods");
  if (!Array.isArray(methods) || !methods.includes("password"))
    return iamError(400, "auth.identity.methods must include password.");
  const user = at(body, "auth", "identity", "password", "user");
  const [name, password, domain] = [at(user, "name"), at(user, "password"), at(user, "domain", "name")];
  if (typeof name !== "string" || typeof password !== "string" || typeof domain !== "string")
    return iamError(400, "auth.identity.password.user must have a name, a password and a domain's name.");
  const scope = scopeOf(access, at(body, "auth", "scope"), domain);
  if (typeof scope === "string") return iamError(400, scope);
  if (access.users.get(userKey({ domain, name }))?.password !== password)
    return iamError(401, "The username or password is wrong.");
  // Keystone does not tell a project that does not exist from one that is somebody else's.
  if (!scope) return unauthenticated();
  const token = access.tokens.issue({ domain, user: name, ...scope });
  const answer = { token: { ...tokenBody(access, token), ...(withCatalog && { catalog: [] }) } };
  return jsonAnswer(answer, 201, { "x-subject-token": token.text });
}

/** One project, or only the list of projects (a domain, or nothing). */
type Scope = { readonly projectId?: string };

/** @returns undefined for a scope that does not exist; what is wrong, in Keystone's words where it has some, for others */
function scopeOf({ projects }: Access, scope: unknown, domain: string): Scope | string | undefined {
  if (scope === undefined) return {};
  const isNamed = (thing: unknown) => typeof (at(thing, "id") ?? at(thing, "name")) === "string";
  const isOwn = (owner: unknown) => at(owner, "id") === iamId(domain) || at(owner, "name") === domain;
  const [project, owner] = [at(scope, "project"), at(scope, "domain")];
  const [id, name] = [at(project, "id"), at(project, "name")];
  if (typeof id === "string") return projects.has(id) ? { projectId: id } : undefined;
  if (typeof name !== "string") {
    if (!isNamed(owner)) return "auth.scope must be a project or a domain, by id or name.";
    return isOwn(owner) ? {} : undefined;
  }
  if (!isNamed(at(project, "domain")))
    return (
      "Expecting to find domain in project. The server could not comply with the request since it is either " +
      "malformed or otherwise incorrect. The client is assumed to be in error."
    );
  const found = [...projects.values()].find((one) => one.name === name);
  return found && isOwn(at(project, "domain")) ? { projectId: found.id } : undefined;
}

function validateToken(access: Access, caller: string | undefined, subject: string | undefined): Answer {
  if (access.tokens.look(caller).is !== "valid") return unauthenticated();
  if (subject === undefined) return iamError(400, "The header X-Subject-Token is missing.");
  const found = access.tokens.look(subject);
  if (found.is !== "valid") return iamError(404, "Could not find token.");
  return jsonAnswer({ token: tokenBody(access, found.token) }, 200, { "x-subject-token": subject });
}

function callerRefusal(access: Access, request: WireRequest): Answer | undefined {
  if (isSigned(request)) return signatureRefusal(access, request);
  return access.tokens.look(request.headers["x-auth-token"]).is === "valid" ? undefined : unauthenticated();
}

const unauthenticated = () => iamError(401, "The request you have made requires authentication.");

function listProjects(access: Access, name: string | undefined): Answer {
  if (access.mayListProjects) return projectsAnswer(access, name);
  return iamError(403, "You are not authorized to perform the requested action: identity:list_projects.");
}

/** All users may use all projects. */
function projectsAnswer({ projects, owner }: Access, wanted?: string): Answer {
  const found = [...projects.values()].filter(({ name }) => wanted === undefined || name === wanted);
  return jsonAnswer({
    projects: found.map(({ id, name }) => ({ id, name, domain_id: iamId(owner.domain), enabled: true })),
    links: {},
  });
}

function tokenBody({ projects }: Access, { domain: name, user, projectId, issuedMs, expiresMs }: SimToken): object {
  const domain = { id: iamId(name), name };
  const project = projects.get(projectId ?? "");
  return {
    expires_at: `${apiTime(expiresMs * 1000)}Z`,
    issued_at: `${apiTime(issuedMs * 1000)}Z`,
    methods: ["password"],
    roles: [{ id: iamId("cbr_readonly"), name: "cbr_readonly" }],
    ...(project ? { project: { id: project.id, name: project.name, domain } } : { domain }),
    user: { id: iamId(`${name}/${user}`), name: user, domain, password_expires_at: "" },
  };
}

/** @returns 32 hexadecimal digits, as IAM's ids are: the same text, the same id */
export function iamId(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** The value at a path of keys, where there is one. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = (inner as Readonly<Record<string, unknown>>)[key];
  }
  return inner;
}
