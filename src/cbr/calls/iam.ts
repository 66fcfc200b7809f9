import { isObject, listAt, objectAt } from "../../base/json.ts";
import { type Micros, since, toMillis } from "../../base/micros.ts";
import { isId, isToken } from "../../base/patterns.ts";
import type { TaskId } from "../../tasks/operation-log.ts";
import { parseTime } from "../answers/time.ts";
import type { Reading, Requester } from "../transport/call.ts";

/** A token as IAM gives it. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Micros | undefined;
  /** Milliseconds, by IAM's own clock alone; undefined where its answer lacks one of both times. */
  readonly lifeMs: number | undefined;
  /** Of the project that it opens; undefined where IAM does not say, or names one that could change a URL's path. */
  readonly projectId: TaskId | undefined;
}

/** What a token is to open. A name is one only within its domain, as Keystone has it (400 without). */
export type ProjectScope =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly name: string } };

export interface PasswordUser {
  readonly domainName: string;
  readonly userName: string;
  readonly password: string;
}

/** The calls of IAM that the exporter makes. Each throws {@link ApiError} or {@link Stopped}. */
export interface Iam {
  /** `POST /v3/auth/tokens`, scoped to a project. */
  createToken(user: PasswordUser, project: ProjectScope): Promise<IssuedToken>;
  /** `GET /v3/auth/tokens`. @returns when the token ends; undefined where IAM does not say */
  validateToken(token: string): Promise<Micros | undefined>;
  /** `GET /v3/projects?name=…`. @returns the ids of the projects of that name */
  projectIds(token: string, name: string): Promise<readonly TaskId[]>;
}

const tokens = { path: "/v3/auth/tokens", query: { nocatalog: "true" } };

/** @param request sends to IAM; @param signal ends what is under way */
export function createIam(request: Requester, signal: AbortSignal): Iam {
  return {
    createToken: ({ domainName, userName, password }, project) =>
      request({
        operation: "KeystoneCreateToken",
        method: "POST",
        ...tokens,
        body: {
          auth: {
            identity: {
              methods: ["password"],
              password: { user: { name: userName, password, domain: { name: domainName } } },
            },
            scope: { project },
          },
        },
        success: 201,
        signal,
        read({ json, header }): Reading<IssuedToken> {
          const token = header("x-subject-token");
          if (token === undefined || !isToken(token)) return { unusable: "IAM's answer holds no X-Subject-Token" };
          const { expiresAt, issuedAt, projectId } = readToken(json);
          const isLifeKnown = expiresAt !== undefined && issuedAt !== undefined && expiresAt > issuedAt;
          const lifeMs = isLifeKnown ? toMillis(since(issuedAt, expiresAt)) : undefined;
          return { value: { token, expiresAt, lifeMs, projectId } };
        },
      }),
    validateToken: (token) =>
      request({
        operation: "KeystoneValidateToken",
        ...tokens,
        headers: { "x-auth-token": token, "x-subject-token": token },
        signal,
        read: ({ json }): Reading<Micros | undefined> => ({ value: readToken(json).expiresAt }),
      }),
    projectIds: (token, name) =>
      request({
        operation: "KeystoneListProjects",
        path: "/v3/projects",
        query: { name },
        headers: { "x-auth-token": token },
        signal,
        read({ json }): Reading<readonly TaskId[]> {
          const projects = listAt(json, "projects");
          if (!projects) return { unusable: "IAM's answer holds no list of projects" };
          const named = projects.filter((project) => isObject(project)).filter((project) => project["name"] === name);
          return { value: named.map((project) => readId(project["id"])).filter((id) => id !== undefined) };
        },
      }),
  };
}

function readToken(json: unknown) {
  const token = objectAt(json, "token") ?? {};
  return {
    expiresAt: readTime(token["expires_at"]),
    issuedAt: readTime(token["issued_at"]),
    projectId: readId(objectAt(token, "project")?.["id"]),
  };
}

function readTime(value: unknown): Micros | undefined {
  return typeof value === "string" ? parseTime(value) : undefined;
}

/** An id that could change a URL's path is none. */
function readId(value: unknown): TaskId | undefined {
  return typeof value === "string" && isId(value) ? value : undefined;
}
