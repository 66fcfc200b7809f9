/** Where a value stands in the configuration: `["collectors", 0, "schedule"]`. */
export type Path = readonly (string | number)[];

/** Keys under `auth` that may be shown; any other word there could be a secret that lost its key. */
const authKeys = new Set([
  ...["token", "token_file", "password", "ak_sk", "ecs_agency"],
  ...["domain_name", "user_name", "password_file"],
  ...["access_key", "access_key_file", "secret_key", "secret_key_file", "security_token", "security_token_file"],
  "endpoint",
]);

/** Whether what stands below may be a secret, in a mistake also as a key or as the name of a variable. */
function isSecretPlace(path: Path): boolean {
  return path.includes("auth") || path.includes("proxy_url");
}

/** Whether a key may be quoted: a plain word, so neither a URL nor a value that was glued to its key. */
export function isQuotableKey(key: string, parent: Path): boolean {
  return isSecretPlace(parent) ? authKeys.has(key) : /^[A-Za-z0-9_-]{1,64}$/.test(key);
}

/** Whether the name of a variable may be quoted: where a secret or a URL stands, only one spelt as variables mostly are. */
export function isQuotableVariable(name: string, path: Path): boolean {
  const isUrl = path.at(-1) === "endpoint" || path.at(-1) === "iam_endpoint";
  return /^[A-Z][A-Z0-9_]*$/.test(name) || !(isUrl || isSecretPlace(path));
}

/** `collectors[0].schedule`; ends before a key that may not be quoted. */
export function formatPath(path: Path): string {
  let text = "";
  for (const [index, segment] of path.entries()) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (isQuotableKey(segment, path.slice(0, index))) text += text === "" ? segment : `.${segment}`;
    else break;
  }
  return text;
}
