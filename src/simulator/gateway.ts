import { gatewayError } from "./errors.ts";
import { type Answer, jsonAnswer, type WireRequest } from "./exchange.ts";
import { isSigned, type KeyRing } from "./signature.ts";
import { apiTime } from "./tasks/values.ts";
import type { TokenBook, TokenState } from "./tokens.ts";

/** A user of IAM, in the domain (account) that it belongs to. */
export interface SimUser {
  readonly domain: string;
  readonly name: string;
  readonly password: string;
}

/** A project of the simulated cloud; all projects have the same tasks. */
export interface SimProject {
  readonly id: string;
  /** A region's name, as in the cloud: `ap-southeast-1`. */
  readonly name: string;
  /** A token of this project alone that is always right, beside those that IAM gives. */
  readonly token?: string;
}

/** Who may come in, and where to. */
export interface Access {
  readonly projects: ReadonlyMap<string, SimProject>;
  /** By {@link userKey}. */
  readonly users: Map<string, SimUser>;
  readonly tokens: TokenBook;
  readonly keys: KeyRing;
  /** Knows tokens that this IAM did not give. */
  readonly otherTokens?: ((text: string) => Promise<TokenState>) | undefined;
  /** Whether `GET /v3/projects` answers: to a plain reader it does not. */
  readonly mayListProjects: boolean;
  /** The user of the tokens that nobody logged in for; the projects belong to its domain. */
  readonly owner: Pick<SimUser, "domain" | "name">;
}

export const userKey = ({ domain, name }: Pick<SimUser, "domain" | "name">) => JSON.stringify([domain, name]);

/** What the gateway says before a request reaches CBR: to a wrong token or signature first, then to a wrong project. */
export async function gatewayRefusal(
  access: Access,
  request: WireRequest,
  project: string,
): Promise<Answer | undefined> {
  if (!isSigned(request)) return tokenRefusal(access, request, project);
  const known = access.projects.has(project) && request.headers["x-project-id"] === project;
  return signatureRefusal(access, request, ["x-project-id"]) ?? (known ? undefined : foreignProject());
}

/** @param needed names of headers, in lower case, that have to be sent and signed */
export function signatureRefusal(
  { keys }: Access,
  request: WireRequest,
  needed: readonly string[] = [],
): Answer | undefined {
  const wrong = keys.check(request, needed);
  return wrong === undefined ? undefined : unauthenticated(wrong);
}

async function tokenRefusal(
  { tokens, projects, otherTokens }: Access,
  { headers }: WireRequest,
  project: string,
): Promise<Answer | undefined> {
  const text = headers["x-auth-token"];
  let found = tokens.look(text);
  if (found.is === "unknown" && text !== undefined && otherTokens) found = await otherTokens(text);
  if (found.is === "unknown") return unauthenticated("decrypt token fail");
  if (found.is === "revoked") return jsonAnswer(gatewayError("APIGW.0307"), 401);
  const { projectId, expiresMs } = found.token;
  if (found.is === "expired") return unauthenticated(`token expires, expires_at: ${apiTime(expiresMs * 1000)}Z`);
  if (projectId === project) return undefined;
  // Another project is another region's to the gateway, and a token of another region is one to renew.
  if (projectId !== undefined && projects.has(project)) return jsonAnswer(gatewayError("APIGW.0307"), 401);
  return foreignProject();
}

const foreignProject = () => jsonAnswer(gatewayError("APIGW.0306"), 403);

function unauthenticated(why: string): Answer {
  return jsonAnswer(gatewayError("APIGW.0301", `Incorrect IAM authentication information: ${why}`), 401);
}
