import type { Clock } from "../../base/clock.ts";
import { doubledPause, untilAborted } from "../../base/waits.ts";
import type { Credential, Login, Patience } from "./login.ts";

const usualPatience: Patience = { refusals: 3, firstPauseMs: 5_000, countsRequests: true };
const longestPauseMs = 5 * 60_000;

export type Verdict = "accepted" | "refused" | "undecided";

/** A credential to send, and where to say what the server thought of it. Each pass must be told exactly once. */
export interface Pass {
  readonly credential: Credential;
  /** Whether it has been replaced or refused since, so that another pass is needed before it is sent. */
  isStale(): boolean;
  tell(verdict: Verdict, subject: string): void;
}

/** The credential has been refused and is not tried again before the pause ends, or before it is another one. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
  readonly retryInMs: number;

  constructor(retryInMs: number) {
    super(`the login was refused and is tried again in ${Math.ceil(retryInMs / 1000)} s, or once it has changed`);
    this.retryInMs = retryInMs;
  }
}

/**
 * Keeps a login from being tried in a loop: until a credential has been accepted, and after a refusal, one request at
 * a time tries it while the others wait; once refusals have proved it bad, nobody does until a doubling pause is over.
 */
export interface LoginGate {
  /** @throws {LoginRefused} | {Stopped} | {Error} when the login has no credential to give */
  enter(signal: AbortSignal): Promise<Pass>;
  /** Milliseconds for which nobody is let in, as far as is known: a changed file or key ends a pause early. */
  pausedMs(): number;
}

/** For requests that carry their own credential, as those which log in do. */
export const openLoginGate: LoginGate = {
  enter: async () => ({ credential: { generation: 0, headers: () => ({}) }, isStale: () => false, tell: () => {} }),
  pausedMs: () => 0,
};

export function createLoginGate(login: Login, clock: Clock): LoginGate {
  const { refusals, firstPauseMs, countsRequests, trusted: trustedAtFirst = false } = login.patience ?? usualPatience;
  let generation: number | undefined;
  let trusted = false;
  let refused = new Set<string | symbol>();
  let pauseMs = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  /** Settles when the request that tries the credential has its verdict. */
  let trial: Promise<void> | undefined;
  /** The login was asked to obtain another credential; once, until one is accepted or a pause begins. */
  let renewing: "asked" | "obtained" | undefined;

  function startOver(next: number): void {
    generation = next;
    trusted = trustedAtFirst;
    refused = new Set();
    if (renewing === "asked") renewing = "obtained";
    else {
      // Somebody else has changed it, so that what is known of its predecessor says nothing.
      pauseMs = 0;
      pausedUntil = Number.NEGATIVE_INFINITY;
      renewing = undefined;
    }
  }

  /** A refused credential may just have ended early: one that can be obtained anew is, before it counts as bad. */
  function renewOnce(): boolean {
    if (!login.refused || generation === undefined || renewing !== undefined) return false;
    renewing = "asked";
    login.refused(generation);
    return true;
  }

  function judge(verdict: Verdict, subject: string): void {
    if (verdict === "accepted") {
      trusted = true;
      refused = new Set();
      pauseMs = 0;
      renewing = undefined;
    } else if (verdict === "refused") {
      trusted = false;
      // Those sent before another credential was asked for, or before the pause began, tell nothing new.
      if (renewing === "asked" || clock.monotonic() < pausedUntil || renewOnce()) return;
      refused.add(countsRequests ? subject : Symbol());
      // After a pause one refusal proves it again.
      if (refused.size < refusals && pauseMs === 0) return;
      pauseMs = doubledPause(pauseMs, firstPauseMs, longestPauseMs);
      pausedUntil = clock.monotonic() + pauseMs;
      refused = new Set();
      renewing = undefined;
    }
  }

  return {
    pausedMs: () => Math.max(0, pausedUntil - clock.monotonic(), login.pausedMs?.() ?? 0),
    async enter(signal) {
      for (;;) {
        const credential = await untilAborted(login.credential(), signal);
        if (credential.generation !== generation) startOver(credential.generation);
        const left = pausedUntil - clock.monotonic();
        if (left > 0) throw new LoginRefused(left);
        if (!trusted && trial) {
          await untilAborted(trial, signal);
          continue;
        }
        let ended = (): void => {};
        if (!trusted) {
          const current = new Promise<void>((resolve) => {
            ended = resolve;
          });
          trial = current;
        }
        let told = false;
        const alone = !trusted;
        return {
          credential,
          isStale: () => credential.generation !== generation || !(alone || trusted),
          tell(verdict, subject) {
            if (told) return;
            told = true;
            // A verdict about a credential that has been replaced says nothing about its successor.
            if (credential.generation === generation) judge(verdict, subject);
            if (alone) trial = undefined;
            ended();
          },
        };
      }
    },
  };
}
