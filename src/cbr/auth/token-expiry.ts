import type { Clock } from "../../base/clock.ts";
import type { Micros } from "../../base/micros.ts";
import { ApiError, isRetryable } from "../api-error.ts";
import type { Iam } from "../calls/iam.ts";
import type { Credential, Login } from "../transport/login.ts";

/** How long IAM is left alone after it could not be reached. */
const retryMs = 5 * 60_000;
const lookEveryMs = 60_000;

/**
 * Learns from IAM when a token ends, once for each new token, beside the polls and without delaying them: so that
 * somebody can be told to renew it in time. Where IAM does not answer, the end stays unknown and nothing else happens.
 */
export function withTokenExpiry(login: Login, iam: Pick<Iam, "validateToken">, clock: Clock): Login {
  let asked: number | undefined;
  let retryAt = Number.POSITIVE_INFINITY;
  let known: { readonly generation: number; readonly expiresAt: Micros | undefined } | undefined;

  async function learn({ generation, headers }: Credential): Promise<void> {
    asked = generation;
    retryAt = Number.POSITIVE_INFINITY;
    const token = headers({ method: "GET", url: new URL("https://iam") })["x-auth-token"];
    if (token === undefined) return;
    try {
      const expiresAt = await iam.validateToken(token);
      if (asked === generation) known = { generation, expiresAt };
    } catch (error) {
      // A token that IAM refuses to tell about will not become known by asking again.
      const isWorthAsking = asked === generation && error instanceof ApiError && isRetryable(error.reason);
      if (isWorthAsking) retryAt = clock.monotonic() + retryMs;
    }
  }

  return {
    ...login,
    async credential() {
      const credential = await login.credential();
      if (credential.generation !== asked || clock.monotonic() >= retryAt) void learn(credential);
      return credential;
    },
    expiresAt: () => (known?.generation === asked ? known?.expiresAt : undefined),
  };
}

/**
 * Looks at a token's file once a minute, so that its end is that of the token which stands there now, also while nothing
 * is polled. @param signal ends it
 */
export function lookEachMinute(login: Pick<Login, "credential">, clock: Clock, signal: AbortSignal): void {
  let cancel = (): void => {};
  // The next only once this one is over: a look at a hung mount may never end.
  const wait = (): void => {
    if (!signal.aborted) cancel = clock.after(lookEveryMs, () => void login.credential().then(wait, wait));
  };
  signal.addEventListener("abort", () => cancel(), { once: true });
  wait();
}
