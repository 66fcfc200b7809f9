import type { Clock } from "../../base/clock.ts";
import type { Micros } from "../../base/micros.ts";
import { doubledPause, Stopped } from "../../base/waits.ts";
import { ApiError, Held, isRetryable } from "../api-error.ts";

/** Something that is obtained from a server and ends some time later. */
export interface Lease<T> {
  readonly value: T;
  /** When it ends, by the server's clock; absent where it does not say. */
  readonly expiresAt?: Micros;
  /** How long it lives from now, in milliseconds, by the server's clock alone; this machine's may be a day off. */
  readonly lifeMs?: number;
}

/** Keeps a lease fresh: obtained once however many wait for it, renewed shortly before it ends, or when refused. */
export interface Renewal<T> {
  /**
   * A lease that is still good, at once: its renewal goes on beside. Only where there is none does this wait.
   *
   * @throws what obtaining threw, the same for all who wait, and again without trying until a pause is over
   */
  current(): Promise<{ readonly value: T; readonly generation: number }>;
  /** The server refused the lease of this generation; the next look obtains another. */
  refused(generation: number): void;
  expiresAt(): Micros | undefined;
  /** Milliseconds for which {@link Renewal.current} fails without trying, unless the input changes; 0 for none. */
  pausedMs(): number;
}

export interface RenewalOptions<T> {
  readonly obtain: () => Promise<Lease<T>>;
  /** How long before its end a lease of this life is renewed, both in milliseconds. */
  readonly marginMs: (lifeMs: number) => number;
  /** Changes when a failed attempt is worth another at once, as when the password file has changed. */
  readonly input?: () => Promise<unknown>;
  readonly clock: Clock;
}

/** After a refusal, doubling: to try it in a loop could lock the user or the key. */
const firstPauseMs = 5_000;
const longestPauseMs = 5 * 60_000;
/** After a server that could not be reached, which proves nothing against the login: so that it is back soon after it. */
const unreachedPauseMs = 10_000;
/** Of a server that does not say. */
const assumedLifeMs = 3_600_000;

interface Current<T> {
  readonly value: T;
  readonly generation: number;
  readonly expiresAt: Micros | undefined;
  readonly renewAt: number;
  readonly endsAt: number;
}

export function createRenewal<T>({ obtain, marginMs, input, clock }: RenewalOptions<T>): Renewal<T> {
  let lease: Current<T> | undefined;
  let generation = 0;
  let renewing: Promise<Current<T>> | undefined;
  let failure: { readonly error: unknown; readonly until: number; readonly input: unknown } | undefined;
  let pauseMs = 0;

  const untilRetryMs = (): number => Math.max(0, (failure?.until ?? 0) - clock.monotonic());
  const goodLease = (): Current<T> | undefined => (lease && clock.monotonic() < lease.endsAt ? lease : undefined);

  async function renew(): Promise<Current<T>> {
    const given = await input?.();
    if (failure && untilRetryMs() > 0 && failure.input === given) throw failure.error;
    try {
      const start = clock.monotonic();
      const { value, expiresAt, lifeMs = assumedLifeMs } = await obtain();
      generation += 1;
      lease = { value, generation, expiresAt, renewAt: start + lifeMs - marginMs(lifeMs), endsAt: start + lifeMs };
      failure = undefined;
      pauseMs = 0;
      return lease;
    } catch (error) {
      if (!(error instanceof Stopped)) {
        failure = { error, until: clock.monotonic() + Math.max(pauseAfter(error), requestedMs(error)), input: given };
      }
      throw error;
    }
  }

  function pauseAfter(error: unknown): number {
    if (isUnreached(error)) return unreachedPauseMs;
    pauseMs = doubledPause(pauseMs, firstPauseMs, longestPauseMs);
    return pauseMs;
  }

  return {
    async current() {
      const good = goodLease();
      if (good && clock.monotonic() < good.renewAt) return good;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      if (!good) return renewing;
      // Why it failed matters to those who come after the end of what is good now.
      renewing.catch(() => {});
      return good;
    },
    refused(refusedGeneration) {
      if (lease?.generation === refusedGeneration) lease = undefined;
    },
    expiresAt: () => lease?.expiresAt,
    pausedMs: () => (renewing || goodLease() ? 0 : untilRetryMs()),
  };
}

/** Whether the server that gives leases could not be asked, rather than refused one. */
function isUnreached(error: unknown): boolean {
  return error instanceof Held || (error instanceof ApiError && (isRetryable(error.reason) || error.reason === "tls"));
}

/** Milliseconds for which the server asked to be left alone. */
function requestedMs(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
}

/**
 * The usual margin: a tenth of the life, with a tenth of that as jitter, so that replicas do not renew together; at least a
 * minute where the lease lives for ten or more.
 */
export function tenthOfLife(random: () => number): (lifeMs: number) => number {
  return (lifeMs) => {
    const margin = (lifeMs / 10) * (0.9 + 0.2 * random());
    return lifeMs >= 600_000 ? Math.max(margin, 60_000) : margin;
  };
}
