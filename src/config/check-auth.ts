import type { Shape } from "./check-shape.ts";
import type { Path } from "./path.ts";
import type { Report } from "./problem.ts";
import { authMethods } from "./schema/auth-schema.ts";
import { broughtBy, child, type MapTree, type Tree } from "./yaml/tree.ts";

export interface AuthContext {
  readonly report: Report;
  readonly isMisspelt: Shape<unknown>["isMisspelt"];
}

/** Secrets that stand in the configuration or in a file, by method. */
const secrets = {
  password: [{ key: "password", optional: false }],
  ak_sk: [
    { key: "access_key", optional: false },
    { key: "secret_key", optional: false },
    { key: "security_token", optional: true },
  ],
} as const;

/** The known ways to log in that stand under `auth`. */
export function methodsIn(auth: Tree | undefined): readonly string[] {
  return auth?.kind === "map" ? authMethods.filter((key) => auth.entries.has(key)) : [];
}

/** Checks that there is one way to log in, and each of its secrets once. */
export function checkAuth(auth: MapTree, path: Path, context: AuthContext): void {
  const known: readonly string[] = authMethods;
  // An unknown key was meant to be one of them.
  const others = [...auth.entries.keys()].some((key) => !known.includes(key));
  if (methodsIn(auth).length === 0 && !others && !auth.incomplete) {
    context.report({ at: auth.at, path, message: `must have one of ${known.join(", ")}` });
  }
  checkExclusive(auth, known, path, context);
  for (const [method, keys] of Object.entries(secrets)) {
    const login = child(auth, method);
    if (login?.kind !== "map") continue;
    for (const { key, optional } of keys) {
      const either = [key, `${key}_file`];
      const present = either.some((name) => login.entries.has(name) || context.isMisspelt([...path, method], name));
      if (!present && !optional) {
        context.report({ at: login.at, path: [...path, method], message: `must have one of ${either.join(", ")}` });
      }
      checkExclusive(login, either, [...path, method], context);
    }
  }
}

/** The one that stands second in the map is one too many. */
function checkExclusive(map: MapTree, keys: readonly string[], path: Path, { report }: AuthContext): void {
  const [first, second] = [...map.entries].filter(([key]) => keys.includes(key));
  if (!first || !second) return;
  const message = `${second[0]} and ${first[0]} exclude each other; keep one`;
  report({ at: broughtBy(first[1], second[1]) ?? second[1].at, path: [...path, second[0]], message });
}
