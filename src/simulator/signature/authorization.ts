import type { WireRequest } from "../wire-request.ts";

/** The parts of `Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`. */
export interface Authorization {
  readonly access: string;
  /** In lower case. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export function isSigned({ headers }: WireRequest): boolean {
  return headers["authorization"]?.startsWith("SDK-HMAC-SHA256") ?? false;
}

export function parseAuthorization(text: string | undefined): Authorization | undefined {
  const match = /^SDK-HMAC-SHA256 Access=([^\s,]+), *SignedHeaders=([^\s,]+), *Signature=([0-9a-f]{64})$/.exec(
    text ?? "",
  );
  if (!match) return undefined;
  const [, access = "", names = "", signature = ""] = match;
  return { access, signedHeaders: names.toLowerCase().split(";"), signature };
}
