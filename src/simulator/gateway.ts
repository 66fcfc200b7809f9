import { type Answer, jsonAnswer } from "./answer.ts";
import { apiTime } from "./api-time.ts";
import type { Directory, SimUser } from "./identity/directory.ts";
import type { TokenBook, TokenState } from "./identity/token-book.ts";
import { isSigned } from "./signature/authorization.ts";
import type { KeyRing } from "./signature/key-ring.ts";
import { gatewayError } from "./vendor-errors.ts";
import type { WireRequest } from "./wire-request.ts";

/** Who may come in, and where to. */
export interface Access {
  readonly directory: Directory;
  readonly tokens: TokenBook;
  readonly keys: KeyRing;
  /** Knows tokens that this IAM did not give. */
  readonly otherIam?: (token: string) => Promise<TokenState>;
  /** Whether `GET /v3/projects` answers: to a plain reader it does not. */
  readonly mayListProjects: boolean;
  /** The user of the tokens that nobody logged in for; the projects belong to its domain. */
  readonly owner: Pick<SimUser, "domain" | "name">;
}

/** What the gateway says before a request reaches CBR: to a wrong token or signature first, then to a wrong project. */
export async function gatewayRefusal(
  access: Access,
  request: WireRequest,
  project: string,
): Promise<Answer | undefined> {
  if (!isSigned(request)) return tokenRefusal(access, request, project);
  const known = access.directory.projects.has(project) && request.headers["x-project-id"] === project;
  return signatureRefusal(access, request, ["x-project-id"]) ?? (known ? undefined : foreignProject());
}

/** @param needed names of headers, in lower case, that have to be sent and signed */
export function signatureRefusal(
  { keys }: Access,
  request: WireRequest,
  needed: readonly string[] = [],
): Answer | undefined {
  const fault = keys.check(request, needed);
  return fault === undefined ? undefined : unauthenticated(fault);
}

async function tokenRefusal(
  { tokens, directory, otherIam }: Access,
  { headers }: WireRequest,
  project: string,
): Promise<Answer | undefined> {
  const token = headers["x-auth-token"];
  let found = tokens.look(token);
  if (found.is === "unknown" && token !== undefined && otherIam) found = await otherIam(token);
  if (found.is === "unknown") return unauthenticated("decrypt token fail");
  if (found.is === "revoked") return jsonAnswer(gatewayError("APIGW.0307"), 401);
  const { projectId, expiresMs } = found.token;
  if (found.is === "expired") return unauthenticated(`token expires, expires_at: ${apiTime(expiresMs * 1000)}Z`);
  if (projectId === project) return undefined;
  // Another project is another region's to the gateway, and a token of another region is one to renew.
  if (projectId !== undefined && directory.projects.has(project)) return jsonAnswer(gatewayError("APIGW.0307"), 401);
  return foreignProject();
}

const foreignProject = () => jsonAnswer(gatewayError("APIGW.0306"), 403);

function unauthenticated(why: string): Answer {
  return jsonAnswer(gatewayError("APIGW.0301", `Incorrect IAM authentication information: ${why}`), 401);
}
