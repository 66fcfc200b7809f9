import type { Clock } from "../../base/clock.ts";
import type { Micros } from "../../base/micros.ts";
import { isToken } from "../../base/patterns.ts";
import { reveal, type Secret } from "../../base/secret.ts";
import { pause } from "../../base/waits.ts";
import type { SecretSource } from "../../config/config.ts";
import { ApiError, isRetryable } from "../api-error.ts";
import type { Iam } from "../calls/iam.ts";
import type { Credential, Login } from "../transport/login.ts";
import { type CurrentSecret, createSecretReader } from "./secret-reader.ts";

export interface TokenLoginOptions {
  /** Absent where the configuration names no IAM: then the token's end is not known. */
  readonly iam: Pick<Iam, "validateToken"> | undefined;
  readonly clock: Clock;
  /** Aborts when nothing may start any more. */
  readonly stopping: AbortSignal;
}

/** How long IAM is left alone after it could not be reached. */
const retryMs = 5 * 60_000;
/** How often a token's file is looked at, so that the end shown is that of the token which stands there now. */
const lookEveryMs = 60_000;

/**
 * `auth.token` and `auth.token_file`: somebody else renews the token.
 * It cannot be obtained by the exporter, so a refused one is only tried again, or read again once its file has changed.
 */
export function tokenLogin(source: SecretSource, { iam, clock, stopping }: TokenLoginOptions): Login {
  const read = createSecretReader(source, "token_file", isToken);
  const expiry = iam && createTokenExpiry(iam, clock);

  async function look() {
    const current = await read();
    expiry?.learn(current.secret, current.generation);
    return current;
  }

  const credentialOf = ({ secret, generation }: CurrentSecret): Credential => ({
    generation,
    headers: () => ({ "x-auth-token": reveal(secret) }),
  });
  const expiresAt = () => expiry?.expiresAt();

  if ("file" in source) {
    if (expiry) void repeat(look, lookEveryMs, clock, stopping);
    return { credential: async () => credentialOf(await look()), expiresAt };
  }
  const written = { secret: source.value, generation: 1 };
  const credential = credentialOf(written);
  return {
    credential() {
      expiry?.learn(written.secret, written.generation);
      return credential;
    },
    expiresAt,
  };
}

/**
 * Asks IAM when a token ends, once for each new token, beside the polls and without delaying them: so that an alert can
 * have it renewed in time. Where IAM does not answer, the end stays unknown and nothing else happens.
 */
function createTokenExpiry({ validateToken }: Pick<Iam, "validateToken">, clock: Clock) {
  let asked: number | undefined;
  let retryAt = Number.POSITIVE_INFINITY;
  let known: Micros | undefined;

  async function ask(token: Secret, generation: number): Promise<void> {
    asked = generation;
    retryAt = Number.POSITIVE_INFINITY;
    known = undefined;
    try {
      const expiresAt = await validateToken(reveal(token));
      if (asked === generation) known = expiresAt;
    } catch (error) {
      // A refusal of IAM's will not change.
      const isWorthAsking = asked === generation && error instanceof ApiError && isRetryable(error.reason);
      if (isWorthAsking) retryAt = clock.monotonic() + retryMs;
    }
  }

  return {
    /** @param generation another one means another token */
    learn(token: Secret, generation: number): void {
      if (generation !== asked || clock.monotonic() >= retryAt) void ask(token, generation);
    },
    /** When the last token ends; undefined while that is not known. */
    expiresAt: () => known,
  };
}

/** Does it again and again until the signal, each time so long after it is over: a look at a hung mount may never end. */
export async function repeat(work: () => Promise<unknown>, everyMs: number, clock: Clock, signal: AbortSignal) {
  while (!signal.aborted) {
    await pause(everyMs, clock, [signal])
      .then(work)
      .catch(() => {});
  }
}
