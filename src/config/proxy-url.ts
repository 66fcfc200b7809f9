import type { Environment } from "./expand-variables.ts";

/**
 * What is wrong with the URL of a proxy, quoting nothing; undefined when nothing is.
 * The user's name and password may stand in it.
 */
export function proxyUrlFault(text: string): string | undefined {
  // The URL class drops tabs and newlines and takes a missing // for granted.
  if (/[\s\p{Cc}\\]/u.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return `must be an http:// or https:// URL, such as http://proxy.example.com:3128; ${encodingAdvice}`;
  }
  const { username, password, pathname } = new URL(text);
  if (/[?#]/.test(text) || pathname !== "/") {
    return `must end after the host and port, without a path, query or fragment; ${encodingAdvice}`;
  }
  // Both are decoded before they are sent.
  return isDecodable(username + password) ? undefined : "holds a % that encodes nothing; write %25 for a %";
}

const encodingAdvice = "in its user name and password other characters than letters and digits want %-encoding";

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The variable of the environment that names the proxy for requests of this scheme, and its URL. */
export interface ProxyVariable {
  readonly name: string;
  readonly url: string;
}

/**
 * As curl and Go read them: an empty variable counts as unset, lower case comes first, `https` never falls back to
 * `HTTP_PROXY`, and without a scheme the proxy is an `http://` one.
 */
export function proxyVariable(scheme: "http" | "https", env: Environment): ProxyVariable | undefined {
  const variable = firstSet(env, `${scheme}_proxy`);
  if (!variable) return undefined;
  const { name, value } = variable;
  return { name, url: value.includes("://") ? value : `http://${value}` };
}

/** The value of `NO_PROXY`, `""` where there is none. */
export function noProxyOf(env: Environment): string {
  return firstSet(env, "no_proxy")?.value ?? "";
}

function firstSet(env: Environment, lowerCase: string): { readonly name: string; readonly value: string } | undefined {
  for (const name of [lowerCase, lowerCase.toUpperCase()]) {
    const value = env[name];
    if (value !== undefined && value !== "") return { name, value };
  }
  return undefined;
}
