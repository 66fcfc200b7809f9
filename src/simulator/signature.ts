import { createHash, createHmac, randomBytes } from "node:crypto";
import type { WireRequest } from "./exchange.ts";
import { apiTime } from "./tasks/values.ts";
import { remember } from "./tokens.ts";

// The check is ours alone: it must not share a mistake with the client's signer, which it judges.

/** An access key (AK/SK); temporary ones come with a security token and end. */
export interface SimKey {
  readonly access: string;
  readonly secret: string;
  /** Then every request has to send and sign it. */
  readonly securityToken?: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number;
}

export interface KeyRing {
  /** Adds a key or changes it, and unlocks it. */
  set(key: SimKey): void;
  remove(access: string): void;
  /** A temporary key that nobody had before. */
  issue(lifeSeconds: number): Required<SimKey>;
  /**
   * Checks a request's signature. Counts failures: more than five in a row lock the key for five minutes.
   * @param needed names of headers, in lower case, that have to be sent and signed
   * @returns the gateway's message for what is wrong, if anything is
   */
  check(request: WireRequest, needed: readonly string[]): string | undefined;
}

const failuresAllowed = 5;
const lockMs = 5 * 60_000;
const clockSkewMs = 15 * 60_000;

export function keyRing(keys: readonly SimKey[], now: () => number): KeyRing {
  const fresh = (key: SimKey) => ({ key, failures: 0, lockedUntilMs: 0 });
  const lasting = new Map(keys.map((key) => [key.access, fresh(key)]));
  const temporary: typeof lasting = new Map();
  return {
    set: (key) => void lasting.set(key.access, fresh(key)),
    remove: (access) => void (lasting.delete(access) || temporary.delete(access)),
    issue(lifeSeconds) {
      const key = temporaryKey(now() + lifeSeconds * 1000);
      remember(temporary, key.access, fresh(key));
      return key;
    },
    check(request, needed) {
      const authorization = parseAuthorization(request.headers["authorization"]);
      const access = authorization?.access ?? "";
      const entry = lasting.get(access) ?? temporary.get(access);
      if (!authorization || !entry) return signatureFailed(request);
      if (now() < entry.lockedUntilMs) return "AK access failed to reach the limit,forbidden";
      const { key } = entry;
      if (!isSignedBy(key, request, authorization, needed, now())) {
        entry.failures++;
        if (entry.failures > failuresAllowed) Object.assign(entry, { failures: 0, lockedUntilMs: now() + lockMs });
        return signatureFailed(request);
      }
      entry.failures = 0;
      if (key.expiresAtMs === undefined || now() < key.expiresAtMs) return undefined;
      return `security token expires, expires_at: ${apiTime(key.expiresAtMs * 1000)}Z`;
    },
  };
}

/** Echoes the request, credentials and all, as the real gateway can. */
function signatureFailed({ method, target, headers }: WireRequest): string {
  const echo = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `verify aksk signature fail, request: ${method} ${target}, headers: ${echo.join(", ")}`;
}

function temporaryKey(expiresAtMs: number): Required<SimKey> {
  return {
    access: `HST${randomBytes(9).toString("hex").toUpperCase().slice(0, 17)}`,
    secret: randomBytes(30).toString("base64url"),
    securityToken: `ggpjbi1ub3J0aC00${randomBytes(600).toString("base64url")}`,
    expiresAtMs,
  };
}

export function isSigned({ headers }: WireRequest): boolean {
  return headers["authorization"]?.startsWith("SDK-HMAC-SHA256") ?? false;
}

/** The parts of `Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`. */
interface Authorization {
  readonly access: string;
  /** In lower case. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(text = ""): Authorization | undefined {
  const form = /^SDK-HMAC-SHA256 Access=([^\s,]+), *SignedHeaders=([^\s,]+), *Signature=([0-9a-f]{64})$/;
  const [, access, names, signature] = form.exec(text) ?? [];
  if (!access || !names || !signature) return undefined;
  return { access, signedHeaders: names.toLowerCase().split(";"), signature };
}

function isSignedBy(
  { secret, securityToken }: SimKey,
  request: WireRequest,
  { signedHeaders, signature }: Authorization,
  needed: readonly string[],
  nowMs: number,
): boolean {
  const { "x-sdk-date": date = "", "x-security-token": token } = request.headers;
  const at = /^\d{8}T\d{6}Z$/.test(date)
    ? Date.parse(date.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"))
    : Number.NaN;
  if (!(Math.abs(at - nowMs) <= clockSkewMs)) return false;
  if (securityToken !== undefined && token !== securityToken) return false;
  const mustBeSigned = ["x-sdk-date", ...needed, ...(securityToken === undefined ? [] : ["x-security-token"])];
  if (!mustBeSigned.every((name) => signedHeaders.includes(name))) return false;
  if (!signedHeaders.every((name) => name in request.headers)) return false;
  return signatureOf(request, signedHeaders, date, secret) === signature;
}

/**
 * The signature that is right for a request (`reference/cloud-access.md`, "AK/SK").
 * @param date the value of `X-Sdk-Date`
 */
export function signatureOf(
  request: WireRequest,
  signedHeaders: readonly string[],
  date: string,
  secret: string,
): string {
  const text = `SDK-HMAC-SHA256\n${date}\n${sha256(canonicalRequest(request, signedHeaders))}`;
  return createHmac("sha256", secret).update(text).digest("hex");
}

function canonicalRequest(
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
  const encoded = path.split("/").map((segment) => encode(decode(segment)));
  return `${encoded.join("/")}${path.endsWith("/") ? "" : "/"}`;
}

/** Sorted by name, then by value. */
function canonicalQuery(query: string): string {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const pairs = [...new URLSearchParams(query)].sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return pairs.map((pair) => pair.map(encode).join("=")).join("&");
}

/** What cannot be decoded stays as it is, and then signs wrongly. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*]/g, hex);
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
