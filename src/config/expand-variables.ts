export type Environment = Readonly<Record<string, string | undefined>>;

export type Expanded =
  | { readonly ok: true; readonly text: string /** Whether a variable took part. */; readonly expanded: boolean }
  | {
      readonly ok: false /** The variables without a value, each once; none when a `${` begins no reference. */;
      readonly unset: readonly string[];
    };

const reference = /\$\$|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:\$\$|\$(?![{$])|[^}$])*))?\})?/g;

/**
 * Replaces `${VAR}` and `${VAR:-default}` (also when the variable is empty, as shells do) and `$$` by `$`.
 * A `$` before anything else stays. What a variable holds is not looked at again, and a default holds no reference.
 */
export function expandVariables(text: string, env: Environment): Expanded {
  if (!text.includes("$")) return { ok: true, text, expanded: false };
  const unset = new Set<string>();
  let isClear = true;
  let expanded = false;
  const result = text.replace(reference, (match: string, name?: string, fallback?: string) => {
    if (match === "$$") return "$";
    expanded = true;
    // Own properties only: a variable may be called `constructor`.
    const value = name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined && (value === undefined || value === "")) return fallback.replaceAll("$$", "$");
    if (name === undefined) isClear = false;
    else if (value === undefined) unset.add(name);
    return value ?? "";
  });
  if (!isClear) return { ok: false, unset: [] };
  return unset.size > 0 ? { ok: false, unset: [...unset] } : { ok: true, text: result, expanded };
}
