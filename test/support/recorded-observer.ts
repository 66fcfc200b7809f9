import type { ApiObserver } from "../../src/cbr/api-observer.ts";

/** An observer that counts: attempts by code, failures by reason, unusable fields by path. */
export interface RecordedObserver extends ApiObserver {
  readonly codes: Record<string, number>;
  readonly reasons: Record<string, number>;
  readonly fields: Record<string, number>;
  readonly seconds: number[];
}

export function recordedObserver(): RecordedObserver {
  const codes: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const fields: Record<string, number> = {};
  const seconds: number[] = [];
  const count = (counts: Record<string, number>, key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  return {
    codes,
    reasons,
    fields,
    seconds,
    attempted(_, code, took) {
      count(codes, code);
      seconds.push(took);
    },
    failed: (_, reason) => count(reasons, reason),
    invalidField: (field) => count(fields, field),
  };
}
