import { randomBytes } from "node:crypto";
import type { WireRequest } from "../wire-request.ts";
import { parseAuthorization } from "./authorization.ts";
import { signatureFault } from "./signature-fault.ts";
import type { SimKey } from "./sim-key.ts";

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
/** Temporary keys that are remembered; the oldest are forgotten first. */
const maxTemporary = 10_000;

type Entry = { readonly key: SimKey; failures: number; lockedUntilMs: number };

export function keyRing(keys: readonly SimKey[], now: () => number): KeyRing {
  const lasting = new Map<string, Entry>();
  const temporary = new Map<string, Entry>();
  const fresh = (key: SimKey): Entry => ({ key, failures: 0, lockedUntilMs: 0 });
  for (const key of keys) lasting.set(key.access, fresh(key));
  return {
    set: (key) => void lasting.set(key.access, fresh(key)),
    remove: (access) => void (lasting.delete(access) || temporary.delete(access)),
    issue(lifeSeconds) {
      const key = temporaryKey(now() + lifeSeconds * 1000);
      temporary.set(key.access, fresh(key));
      for (const oldest of temporary.keys()) {
        if (temporary.size <= maxTemporary) break;
        temporary.delete(oldest);
      }
      return key;
    },
    check(request, needed) {
      const authorization = parseAuthorization(request.headers["authorization"]);
      const access = authorization?.access ?? "";
      const entry = lasting.get(access) ?? temporary.get(access);
      if (!authorization || !entry) return signatureFailed(request);
      if (now() < entry.lockedUntilMs) return "AK access failed to reach the limit,forbidden";
      const fault = signatureFault(request, { authorization, key: entry.key, needed, nowMs: now() });
      if (fault === "signature") {
        fail(entry, now());
        return signatureFailed(request);
      }
      entry.failures = 0;
      return fault;
    },
  };
}

function fail(entry: Entry, nowMs: number): void {
  entry.failures++;
  if (entry.failures <= failuresAllowed) return;
  entry.failures = 0;
  entry.lockedUntilMs = nowMs + lockMs;
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
