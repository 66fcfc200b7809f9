import type { Clock } from "../../base/clock.ts";
import { since, toMillis } from "../../base/micros.ts";
import type { Metadata, SecurityKey } from "../calls/metadata.ts";
import type { Login } from "../transport/login.ts";
import { keyRefusalPolicy, signingCredential } from "./ak-sk-login.ts";
import { createRenewal, type Lease, tenthOfLife } from "./renewal.ts";

export interface EcsAgencyLoginOptions {
  readonly projectId: string;
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The vendor's advice, in milliseconds; keys that live shorter are renewed a tenth of their life before their end. */
const renewBeforeMs = 40 * 60_000;

/** `auth.ecs_agency`: temporary keys from the metadata service of the server on which the exporter runs. */
export function ecsAgencyLogin({ projectId, metadata, clock, random }: EcsAgencyLoginOptions): Login {
  const tenth = tenthOfLife(random);

  async function obtain(): Promise<Lease<SecurityKey>> {
    const key = await metadata.securityKey();
    if (key.expiresAt === undefined) return { value: key };
    const lifeMs = toMillis(since(clock.now(), key.expiresAt));
    // With a clock that is off the rest of its life is unknown.
    return { value: key, expiresAt: key.expiresAt, ...(lifeMs > 0 && { lifeMs }) };
  }

  const renewal = createRenewal({
    obtain,
    marginMs: (lifeMs) => (lifeMs > 2 * renewBeforeMs ? renewBeforeMs : tenth(lifeMs)),
    clock,
  });
  return {
    refusalPolicy: keyRefusalPolicy,
    async credential() {
      const { value, generation } = await renewal.current();
      return signingCredential(value, generation, projectId, clock);
    },
    refused: renewal.refused,
    expiresAt: renewal.expiresAt,
    pausedMs: renewal.pausedMs,
  };
}
