import { createHash, createHmac } from "node:crypto";
import type { WireRequest } from "../wire-request.ts";

export interface SignatureOptions {
  /** Names in lower case. */
  readonly signedHeaders: readonly string[];
  /** The value of `X-Sdk-Date`. */
  readonly date: string;
  readonly secret: string;
}

/**
 * The signature that is right for a request (`reference/cloud-access.md`, "AK/SK").
 * @throws URIError for a path or query that cannot be decoded
 */
export function signatureOf(request: WireRequest, { signedHeaders, date, secret }: SignatureOptions): string {
  const text = `SDK-HMAC-SHA256\n${date}\n${sha256(canonicalRequest(request, signedHeaders))}`;
  return createHmac("sha256", secret).update(text).digest("hex");
}

export function canonicalRequest(
  { method, target, headers, bodySha256 = sha256("") }: WireRequest,
  signedHeaders: readonly string[],
): string {
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/.exec(target) ?? [];
  const names = [...signedHeaders].sort();
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    names.map((name) => `${name}:${headers[name]?.trim() ?? ""}\n`).join(""),
    names.join(";"),
    bodySha256,
  ].join("\n");
}

/** With a `/` at its end, for signing only. */
function canonicalPath(path: string): string {
  const encoded = path.split("/").map((segment) => encode(decodeURIComponent(segment)));
  return `${encoded.join("/")}${path.endsWith("/") ? "" : "/"}`;
}

function canonicalQuery(query: string): string {
  const pairs = query.split("&").filter((pair) => pair !== "");
  const decoded = pairs.map((pair) => {
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    return [decodeQuery(name), decodeQuery(value)] as const;
  });
  decoded.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return decoded.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

const decodeQuery = (text: string) => decodeURIComponent(text.replaceAll("+", " "));

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
