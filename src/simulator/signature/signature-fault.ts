import { apiTime } from "../api-time.ts";
import type { WireRequest } from "../wire-request.ts";
import type { Authorization } from "./authorization.ts";
import { signatureOf } from "./signature-of.ts";
import type { SimKey } from "./sim-key.ts";

export interface SignatureCheck {
  readonly authorization: Authorization;
  readonly key: SimKey;
  /** Headers that have to be sent and signed, beside the date and a temporary key's token. */
  readonly needed: readonly string[];
  readonly nowMs: number;
}

const clockSkewMs = 15 * 60_000;

/** @returns `"signature"` for one that counts as a failure of its key, or the message of a temporary key that has ended */
export function signatureFault(request: WireRequest, check: SignatureCheck): string | undefined {
  const { authorization, key, needed, nowMs } = check;
  const { signedHeaders, signature } = authorization;
  const { headers } = request;
  const date = headers["x-sdk-date"];
  const at = timeOf(date);
  if (date === undefined || at === undefined || Math.abs(at - nowMs) > clockSkewMs) return "signature";
  if (headers["x-security-token"] !== key.securityToken && key.securityToken !== undefined) return "signature";
  const mustBeSigned = ["x-sdk-date", ...needed, ...(key.securityToken === undefined ? [] : ["x-security-token"])];
  if (!mustBeSigned.every((name) => signedHeaders.includes(name))) return "signature";
  if (!signedHeaders.every((name) => name in headers)) return "signature";
  if (rightSignature(request, { signedHeaders, date, secret: key.secret }) !== signature) return "signature";
  if (key.expiresAtMs === undefined || nowMs < key.expiresAtMs) return undefined;
  return `security token expires, expires_at: ${apiTime(key.expiresAtMs * 1000)}Z`;
}

function rightSignature(...args: Parameters<typeof signatureOf>): string | undefined {
  try {
    return signatureOf(...args);
  } catch {
    return undefined; // a path or query that cannot be decoded
  }
}

/** @returns milliseconds since 1970 of `YYYYMMDDTHHMMSSZ` */
function timeOf(date: string | undefined): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? "");
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
