import type { Clock } from "../../clock.ts";
import type { Micros } from "../../tasks/micros.ts";

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
  /** @throws what obtaining threw, the same for all who wait, and again without trying until a doubling pause is over */
  current(): Promise<{ readonly value: T; readonly generation: number }>;
  /** The server refused the lease of this generation; the next look obtains another. */
  refused(generation: number): void;
  expiresAt(): Micros | undefined;
}

export interface RenewalOptions<T> {
  readonly obtain: () => Promise<Lease<T>>;
  /** How long before its end a lease of this life is renewed, in milliseconds. */
  readonly marginMs: (lifeMs: number) => number;
  /** Changes when a failed attempt is worth another at once, as when the password file has changed. */
  readonly input?: () => Promise<unknown>;
  readonly clock: Clock;
}

const firstPauseMs = 5_000;
const longestPauseMs = 5 * 60_000;
/** Of a server that does not say. */
const assumedLifeMs = 3_600_000;

interface Held<T> {
  readonly value: T;
  readonly generation: number;
  readonly expiresAt: Micros | undefined;
  readonly renewAt: number;
  readonly endsAt: number;
}

export function createRenewal<T>({ obtain, marginMs, input, clock }: RenewalOptions<T>): Renewal<T> {
  let held: Held<T> | undefined;
  let generation = 0;
  let renewing: Promise<Held<T>> | undefined;
  let failure: { readonly error: unknown; readonly until: number; readonly input: unknown } | undefined;
  let pauseMs = 0;

  async function renew(): Promise<Held<T>> {
    const given = await input?.();
    if (failure && failure.until > clock.monotonic() && failure.input === given) throw failure.error;
    try {
      const start = clock.monotonic();
      const { value, expiresAt, lifeMs = assumedLifeMs } = await obtain();
      generation += 1;
      held = {
        value,
        generation,
        expiresAt,
        renewAt: start + lifeMs - marginMs(lifeMs),
        endsAt: start + lifeMs,
      };
      failure = undefined;
      pauseMs = 0;
      return held;
    } catch (error) {
      pauseMs = Math.min(pauseMs === 0 ? firstPauseMs : 2 * pauseMs, longestPauseMs);
      failure = { error, until: clock.monotonic() + pauseMs, input: given };
      throw error;
    }
  }

  return {
    async current() {
      const before = held;
      if (before && clock.monotonic() < before.renewAt) return before;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      try {
        return await renewing;
      } catch (error) {
        // What has not ended yet still serves while its successor cannot be had.
        if (held && held.generation === before?.generation && clock.monotonic() < held.endsAt) return held;
        throw error;
      }
    },
    refused(refusedGeneration) {
      if (held?.generation === refusedGeneration) held = undefined;
    },
    expiresAt: () => held?.expiresAt,
  };
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
