import { type Micros, since } from "../../base/micros.ts";
import { isId, isToken } from "../../base/patterns.ts";
import type { TaskId } from "../../tasks/operation-log.ts";
import { isObject } from "../answers/fields.ts";
import { parseTime } from "../answers/time.ts";
import type { Reading, Requester } from "../transport/requester.ts";

/** A token as IAM gives it. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Micros | undefined;
  /** From IAM's own clock alone; undefined where it tells only one of both ends. */
  readonly lifeMs: number | undefined;
  /** Of the project that it opens; undefined where IAM does not say, or names one that could change a URL's path. */
  readonly projectId: TaskId | undefined;
}

/** What a token is to open. A name is one only within its domain, as Keystone has it (400 without). */
export type ProjectScope =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly name: string } };

export interface PasswordOf {
  readonly domainName: string;
  readonly userName: string;
  readonly password: string;
}

/** The calls of IAM that the exporter makes. Each throws {@link ApiError} or {@link Stopped}. */
export interface Iam {
  /** `POST /v3/auth/tokens`, scoped to a project. */
  createToken(user: PasswordOf, project: ProjectScope): Promise<IssuedToken>;
  /** `GET /v3/auth/tokens`. @returns when the token ends; undefined where IAM does not say */
  validateToken(token: string): Promise<Micros | undefined>;
  /** `GET /v3/projects?name=…`. @returns the ids of the projects of that name */
  projectIds(token: string, name: string): Promise<readonly TaskId[]>;
}

/** Their answers hold a catalogue at worst. */
const maxBody = 1024 * 1024;

export function createIam(endpoint: string, request: Requester, signal: AbortSignal): Iam {
  const url = (path: string) => () => new URL(`${endpoint}${path}`);
  return {
    createToken: ({ domainName, userName, password }, project) =>
      request({
        operation: "KeystoneCreateToken",
        method: "POST",
        url: url("/v3/auth/tokens?nocatalog=true"),
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          auth: {
            identity: {
              methods: ["password"],
              password: { user: { name: userName, password, domain: { name: domainName } } },
            },
            scope: { project },
          },
        }),
        success: 201,
        maxBody,
        signal,
        read(body, header): Reading<IssuedToken> {
          const token = header("x-subject-token");
          if (token === undefined || !isToken(token)) return { unusable: "IAM's answer holds no X-Subject-Token" };
          const { expiresAt, issuedAt, projectId } = tokenOf(body);
          const known = expiresAt !== undefined && issuedAt !== undefined && expiresAt > issuedAt;
          return {
            value: { token, expiresAt, lifeMs: known ? since(issuedAt, expiresAt) / 1000 : undefined, projectId },
          };
        },
      }),
    validateToken: (token) =>
      request({
        operation: "KeystoneValidateToken",
        url: url("/v3/auth/tokens?nocatalog=true"),
        headers: { "x-auth-token": token, "x-subject-token": token },
        maxBody,
        signal,
        read: (body): Reading<Micros | undefined> => ({ value: tokenOf(body).expiresAt }),
      }),
    projectIds: (token, name) =>
      request({
        operation: "KeystoneListProjects",
        url: url(`/v3/projects?name=${encodeURIComponent(name)}`),
        headers: { "x-auth-token": token },
        maxBody,
        signal,
        read(body): Reading<readonly string[]> {
          const answer = parsed(body);
          const projects = isObject(answer) ? answer["projects"] : undefined;
          if (!Array.isArray(projects)) return { unusable: "IAM's answer holds no list of projects" };
          const named = projects.filter((project) => isObject(project) && project["name"] === name);
          const ids = named.map((project: Record<string, unknown>) => project["id"]);
          return { value: ids.map(idOf).filter((id) => id !== undefined) };
        },
      }),
  };
}

function tokenOf(body: string) {
  const answer = parsed(body);
  const token = isObject(answer) && isObject(answer["token"]) ? answer["token"] : {};
  const time = (value: unknown): Micros | undefined => (typeof value === "string" ? parseTime(value) : undefined);
  const project = isObject(token["project"]) ? token["project"] : {};
  return { expiresAt: time(token["expires_at"]), issuedAt: time(token["issued_at"]), projectId: idOf(project["id"]) };
}

/** An id that could change a URL's path is none. */
function idOf(value: unknown): TaskId | undefined {
  return typeof value === "string" && isId(value) ? value : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
