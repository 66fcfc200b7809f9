import { createHash, createHmac } from "node:crypto";
import type { UnsignedRequest } from "../transport/login.ts";

/** What is signed of a request; a request without body is signed as one with an empty body. */
export interface Signable extends UnsignedRequest {
  /** Headers to be signed, names in any case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningKey {
  readonly access: string;
  readonly secret: string;
}

const algorithm = "SDK-HMAC-SHA256";

/** `YYYYMMDDTHHMMSSZ`, the form of the header `X-Sdk-Date`. @param nowMs milliseconds since 1970 */
export function sdkDate(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/**
 * The header `Authorization` of a request signed with an access key, as Huawei Cloud's API gateway checks it.
 *
 * @param date the request's `X-Sdk-Date`, which must be among the headers
 */
export function authorization(request: Signable, key: SigningKey, date: string): string {
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .sort(([a], [b]) => compare(a, b));
  const signedHeaders = headers.map(([name]) => name).join(";");
  const canonical = [
    request.method.toUpperCase(),
    canonicalPath(request.url.pathname),
    canonicalQuery(new URLSearchParams(request.url.search)),
    headers.map(([name, value]) => `${name}:${value}\n`).join(""),
    signedHeaders,
    sha256(request.body ?? ""),
  ].join("\n");
  const toSign = [algorithm, date, sha256(canonical)].join("\n");
  const signature = createHmac("sha256", key.secret).update(toSign).digest("hex");
  return `${algorithm} Access=${key.access}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** Each segment encoded, and a slash at the end, which the request itself need not have. */
function canonicalPath(path: string): string {
  const encoded = path
    .split("/")
    .map((segment) => encode(decodeURIComponent(segment)))
    .join("/");
  return encoded.endsWith("/") ? encoded : `${encoded}/`;
}

/** Sorted by name, then by value, as they are before encoding. */
function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

/** RFC 3986: all but letters, digits and `-._~`; encodeURIComponent leaves five more. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
