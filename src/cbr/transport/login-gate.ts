import type { Clock } from "../../base/clock.ts";
import { doubledPause, Stopped, untilAborted } from "../../base/waits.ts";
import type { Credential, Login, RefusalPolicy } from "./login.ts";

const defaultPolicy: RefusalPolicy = { refusals: 3, firstPauseMs: 5_000, oncePerRequest: true };
const longestPauseMs = 5 * 60_000;

/** What an answer shows about the credential that was sent; `unknown` where none came, or one that shows nothing. */
export type Outcome = "accepted" | "refused" | "unknown";

/** A credential to send. Its outcome must be reported once; later reports count nothing. */
export interface Permit {
  readonly credential: Credential;
  /** Whether it has been replaced or refused since, so that another permit is needed before it is sent. */
  isStale(): boolean;
  /** @param request the same text for one and the same request */
  report(outcome: Outcome, request: string): void;
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
  enter(signal: AbortSignal): Promise<Permit>;
  /** Milliseconds for which nobody is let in, as far as is known: a changed file or key ends a pause early. */
  pausedMs(): number;
}

/** For requests that carry their own credential, as those which log in do. */
export const openLoginGate: Pick<LoginGate, "enter"> = {
  enter: async () => ({ credential: { generation: 0, headers: () => ({}) }, isStale: () => false, report: () => {} }),
};

export function createLoginGate(login: Login, clock: Clock): LoginGate {
  const { refusals, firstPauseMs, oncePerRequest, trustedAtFirst = false } = login.refusalPolicy ?? defaultPolicy;
  let generation: number | undefined;
  let isTrusted = false;
  let refused = new Set<string | symbol>();
  let pauseMs = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  /** Settles when the request that tries the credential has its outcome. */
  let trial: Promise<void> | undefined;
  /** The login was asked to obtain another credential; once, until one is accepted or a pause begins. */
  let renewal: "wanted" | "obtained" | undefined;

  function useCredential(next: number): void {
    generation = next;
    isTrusted = trustedAtFirst;
    refused = new Set();
    if (renewal === "wanted") renewal = "obtained";
    else {
      // Somebody else has changed it: nothing known of its predecessor counts.
      pauseMs = 0;
      pausedUntil = Number.NEGATIVE_INFINITY;
      renewal = undefined;
    }
  }

  function recordAcceptance(): void {
    if (isTrusted) return;
    isTrusted = true;
    refused = new Set();
    pauseMs = 0;
    renewal = undefined;
  }

  function recordRefusal(request: string): void {
    isTrusted = false;
    // A request sent before another credential was asked for, or before the pause began, proves nothing new.
    if (renewal === "wanted" || clock.monotonic() < pausedUntil || renewOnce()) return;
    refused.add(oncePerRequest ? request : Symbol());
    // After a pause one refusal proves it again.
    if (refused.size < refusals && pauseMs === 0) return;
    pauseMs = doubledPause(pauseMs, firstPauseMs, longestPauseMs);
    pausedUntil = clock.monotonic() + pauseMs;
    refused = new Set();
    renewal = undefined;
  }

  /** A refused credential may just have ended early: one that can be obtained anew is, before it counts as bad. */
  function renewOnce(): boolean {
    if (!login.refused || generation === undefined || renewal !== undefined) return false;
    renewal = "wanted";
    login.refused(generation);
    return true;
  }

  return {
    pausedMs: () => Math.max(0, pausedUntil - clock.monotonic(), login.pausedMs?.() ?? 0),
    async enter(signal) {
      for (;;) {
        if (signal.aborted) throw new Stopped();
        const given = login.credential();
        const credential = given instanceof Promise ? await untilAborted(given, signal) : given;
        if (credential.generation !== generation) useCredential(credential.generation);
        const retryInMs = pausedUntil - clock.monotonic();
        if (retryInMs > 0) throw new LoginRefused(retryInMs);
        if (!isTrusted && trial !== undefined) {
          await untilAborted(trial, signal);
          continue;
        }
        const isTrial = !isTrusted;
        let endTrial = (): void => {};
        if (isTrial) {
          trial = new Promise<void>((resolve) => {
            endTrial = resolve;
          });
        }
        let isReported = false;
        return {
          credential,
          isStale: () => credential.generation !== generation || !(isTrial || isTrusted),
          report(outcome, request) {
            if (isReported) return;
            isReported = true;
            // A report about a credential that has been replaced says nothing about its successor.
            const isCurrent = credential.generation === generation;
            if (isCurrent && outcome === "accepted") recordAcceptance();
            if (isCurrent && outcome === "refused") recordRefusal(request);
            if (isTrial) trial = undefined;
            endTrial();
          },
        };
      }
    },
  };
}
