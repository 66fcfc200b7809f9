import type { Clock } from "../../clock.ts";
import { Stopped } from "../api-error.ts";
import type { Credential, Login } from "./login.ts";

/** More than five refusals in a row lock a key for five minutes; three different requests refused prove enough. */
const refusalsThatProve = 3;
const firstPauseMs = 5_000;
const longestPauseMs = 5 * 60_000;

export type Verdict = "accepted" | "refused" | "undecided";

/** A credential to send, and where to say what the server thought of it. Each pass must be told exactly once. */
export interface Pass {
  readonly credential: Credential;
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
}

export function createLoginGate(login: Login, clock: Clock): LoginGate {
  let generation: number | undefined;
  let trusted = false;
  let refused = new Set<string>();
  let pauseMs = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  /** Settles when the request that tries the credential has its verdict. */
  let trial: Promise<void> | undefined;

  function startOver(next: number): void {
    generation = next;
    trusted = false;
    refused = new Set();
    pauseMs = 0;
    pausedUntil = Number.NEGATIVE_INFINITY;
  }

  function judge(verdict: Verdict, subject: string): void {
    if (verdict === "accepted") {
      trusted = true;
      refused = new Set();
      pauseMs = 0;
    } else if (verdict === "refused") {
      trusted = false;
      refused.add(subject);
      // After a pause one refusal proves it again.
      if (refused.size < refusalsThatProve && pauseMs === 0) return;
      pauseMs = Math.min(pauseMs === 0 ? firstPauseMs : 2 * pauseMs, longestPauseMs);
      pausedUntil = clock.monotonic() + pauseMs;
      refused = new Set();
    }
  }

  return {
    async enter(signal) {
      for (;;) {
        const credential = await login.credential();
        if (signal.aborted) throw new Stopped();
        if (credential.generation !== generation) startOver(credential.generation);
        const left = pausedUntil - clock.monotonic();
        if (left > 0) throw new LoginRefused(left);
        if (!trusted && trial) {
          await endOf(trial, signal);
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

/** Settles with `work`, or as soon as `signal` aborts. */
function endOf(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
    void work.then(end);
  });
}
