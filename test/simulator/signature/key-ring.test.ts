import { expect, test } from "vitest";
import { keyRing } from "../../../src/simulator/signature/key-ring.ts";

test("temporary keys are all different, and the oldest are forgotten", () => {
  const ring = keyRing([], () => 0);
  const message = (access: string) => {
    const authorization = `SDK-HMAC-SHA256 Access=${access}, SignedHeaders=a, Signature=${"0".repeat(64)}`;
    return ring.check({ method: "GET", target: "/", headers: { authorization } }, []);
  };
  /** A known key locks, an unknown one does not. */
  const isKnown = (access: string) =>
    Array.from({ length: 7 }, () => message(access))
      .at(-1)
      ?.startsWith("AK access");
  const keys = Array.from({ length: 10_001 }, () => ring.issue(60));
  expect(new Set(keys.map(({ access }) => access)).size).toBe(10_001);
  expect(keys[0]?.expiresAtMs).toBe(60_000);
  expect(keys.slice(0, 2).map(({ access }) => isKnown(access))).toEqual([false, true]);
  ring.remove(keys[2]?.access ?? "");
  expect(isKnown(keys[2]?.access ?? "")).toBe(false);
});
