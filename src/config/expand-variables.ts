export type Environment = Readonly<Record<string, string | undefined>>;

export type Expanded =
  | { readonly ok: true; readonly text: string /** Whether a variable took part. */; readonly expanded: boolean }
  | {
      readonly ok: false /** The variable without a value; undefined when `${` names none. */;
      readonly unset?: string;
    };

const reference = /\$\$|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/**
 * Replaces `${VAR}` and `${VAR:-default}` (also when the variable is empty, as shells do) and `$$` by `$`.
 * A `$` before anything else stays. What a variable holds is not looked at again.
 */
export function expandVariables(text: string, env: Environment): Expanded {
  if (!text.includes("$")) return { ok: true, text, expanded: false };
  let failed: Expanded | undefined;
  let expanded = false;
  const result = text.replace(reference, (match: string, name?: string, fallback?: string) => {
    if (match === "$$") return "$";
    expanded = true;
    // Own properties only: a variable may be called `constructor`.
    const value = name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined && (value === undefined || value === "")) return fallback.replaceAll("$$", "$");
    if (value === undefined) failed ??= name === undefined ? { ok: false } : { ok: false, unset: name };
    return value ?? "";
  });
  return failed ?? { ok: true, text: result, expanded };
}
