import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type Answer, jsonAnswer, toResponse } from "../answer.ts";
import { apiTime } from "../api-time.ts";
import { type Access, signatureRefusal } from "../gateway.ts";
import { answerSide, type SideCloud } from "../side-operation.ts";
import { isSigned } from "../signature/authorization.ts";
import { type SimulatorEnv, type WireRequest, wireRequest } from "../wire-request.ts";
import { iamId } from "./directory.ts";
import { iamError, iamErrorOf } from "./iam-error.ts";
import { type LoginRequest, type LoginScope, parseLogin } from "./login-request.ts";
import type { SimToken } from "./token-book.ts";

export interface IamCloud extends SideCloud {
  readonly access: Access;
}

const limit = bodyLimit({ maxSize: 64 * 1024, onError: () => toResponse(iamError(413, "The request is too large.")) });
const create = { operation: "KeystoneCreateToken", target: "iam:tokens", errorBodyOf: iamErrorOf } as const;
const validate = { operation: "KeystoneValidateToken", target: "iam:tokens", errorBodyOf: iamErrorOf } as const;
const list = { operation: "KeystoneListProjects", target: "iam:projects", errorBodyOf: iamErrorOf } as const;
const listOwn = { operation: "KeystoneListAuthProjects", target: "iam:projects", errorBodyOf: iamErrorOf } as const;

/** Answers as IAM does (`reference/cloud-access.md`, "A token from IAM"). */
export function iamApp(cloud: IamCloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  const { access } = cloud;
  app.post("/v3/auth/tokens", limit, async (c) => {
    const login = parseLogin(await c.req.json().catch(() => undefined));
    const withCatalog = c.req.query("nocatalog") === undefined;
    return answerSide(c, cloud, create, () =>
      typeof login === "string" ? iamError(400, login) : createToken(access, login, withCatalog),
    );
  });
  app.get("/v3/auth/tokens", (c) =>
    answerSide(c, cloud, validate, () =>
      validateToken(access, c.req.header("x-auth-token"), c.req.header("x-subject-token")),
    ),
  );
  app.get("/v3/projects", async (c) => {
    const request = await wireRequest(c);
    return answerSide(
      c,
      cloud,
      list,
      () => callerRefusal(access, request) ?? listProjects(access, c.req.query("name")),
    );
  });
  app.get("/v3/auth/projects", async (c) => {
    const request = await wireRequest(c);
    return answerSide(c, cloud, listOwn, () => callerRefusal(access, request) ?? projectsAnswer(access));
  });
  return app;
}

function createToken(access: Access, login: LoginRequest, withCatalog: boolean): Answer {
  const user = access.directory.findUser(login.domain, login.user, login.password);
  if (!user) return iamError(401, "The username or password is wrong.");
  const scope = scopeIn(access, login.scope, user.domain);
  // Keystone does not tell a project that does not exist from one that is somebody else's.
  if (!scope) return iamError(401, "The request you have made requires authentication.");
  const token = access.tokens.issue({ domain: user.domain, user: user.name, ...scope });
  const body = { token: { ...tokenBody(access, token), ...(withCatalog && { catalog: [] }) } };
  return jsonAnswer(body, 201, { "x-subject-token": token.text });
}

/** @returns undefined for a scope that does not exist */
function scopeIn(
  { directory }: Access,
  scope: LoginScope,
  domain: string,
): { readonly projectId?: string } | undefined {
  if (scope.kind === "unscoped") return {};
  if (scope.kind === "domain") return scope.value === (scope.by === "id" ? iamId(domain) : domain) ? {} : undefined;
  if (scope.by === "name" && scope.domain !== domain && scope.domain !== iamId(domain)) return undefined;
  for (const project of directory.projects.values()) {
    if (project[scope.by] === scope.value) return { projectId: project.id };
  }
  return undefined;
}

function validateToken({ tokens, ...access }: Access, auth: string | undefined, subject: string | undefined): Answer {
  if (tokens.look(auth).is !== "valid") return unauthenticated();
  if (subject === undefined) return iamError(400, "The header X-Subject-Token is missing.");
  const found = tokens.look(subject);
  if (found.is !== "valid") return iamError(404, "Could not find token.");
  return jsonAnswer({ token: tokenBody({ tokens, ...access }, found.token) }, 200, { "x-subject-token": subject });
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
function projectsAnswer({ directory, owner }: Access, name?: string): Answer {
  const projects = [...directory.projects.values()].filter((project) => name === undefined || project.name === name);
  return jsonAnswer({
    projects: projects.map(({ id, name }) => ({ id, name, domain_id: iamId(owner.domain), enabled: true })),
    links: {},
  });
}

function tokenBody({ directory }: Access, { domain: name, user, projectId, issuedMs, expiresMs }: SimToken): object {
  const domain = { id: iamId(name), name };
  const project = projectId === undefined ? undefined : directory.projects.get(projectId);
  return {
    expires_at: `${apiTime(expiresMs * 1000)}Z`,
    issued_at: `${apiTime(issuedMs * 1000)}Z`,
    methods: ["password"],
    roles: [{ id: iamId("cbr_readonly"), name: "cbr_readonly" }],
    ...(project ? { project: { id: project.id, name: project.name, domain } } : { domain }),
    user: { id: iamId(`${name}/${user}`), name: user, domain, password_expires_at: "" },
  };
}
