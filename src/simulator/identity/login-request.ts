/** What a token is asked for: one project, or only the list of projects (a domain, or nothing). */
export type LoginScope =
  | { readonly kind: "project"; readonly by: "id"; readonly value: string }
  /** `domain`: by its id or its name, whichever was given. */
  | { readonly kind: "project"; readonly by: "name"; readonly value: string; readonly domain: string }
  | { readonly kind: "domain"; readonly by: "id" | "name"; readonly value: string }
  | { readonly kind: "unscoped" };

export interface LoginRequest {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly scope: LoginScope;
}

/**
 * Reads the body of `POST /v3/auth/tokens` (password method).
 * @returns the request, or what is wrong with it
 */
export function parseLogin(body: unknown): LoginRequest | string {
  const auth = at(body, "auth");
  const methods = at(auth, "identity", "methods");
  if (!Array.isArray(methods) || !methods.includes("password")) return "auth.identity.methods must include password.";
  const user = at(auth, "identity", "password", "user");
  const [name, password, domain] = [at(user, "name"), at(user, "password"), at(user, "domain", "name")];
  if (typeof name !== "string" || typeof password !== "string" || typeof domain !== "string") {
    return "auth.identity.password.user must have a name, a password and a domain's name.";
  }
  const scope = scopeOf(at(auth, "scope"));
  return typeof scope === "string" ? scope : { domain, user: name, password, scope };
}

/** @returns the scope, or what is wrong with it, in Keystone's words where it has some */
function scopeOf(scope: unknown): LoginScope | string {
  if (scope === undefined) return { kind: "unscoped" };
  for (const kind of ["project", "domain"] as const) {
    const [id, name] = [at(scope, kind, "id"), at(scope, kind, "name")];
    if (typeof id === "string") return { kind, by: "id", value: id };
    if (typeof name !== "string") continue;
    if (kind === "domain") return { kind, by: "name", value: name };
    const domain = at(scope, kind, "domain", "id") ?? at(scope, kind, "domain", "name");
    return typeof domain === "string"
      ? { kind, by: "name", value: name, domain }
      : "Expecting to find domain in project. The server could not comply with the request since it is either " +
          "malformed or otherwise incorrect. The client is assumed to be in error.";
  }
  return "auth.scope must be a project or a domain, by id or name.";
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
