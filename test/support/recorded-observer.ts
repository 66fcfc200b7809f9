import type { ApiObserver } from "../../src/cbr/operations.ts";

/** An observer that counts: attempts by code, failures by reason, unusable fields by path. */
export interface RecordedObserver extends ApiObserver {
  readonly codes: Record<string, number>;
  /** Attempts by operation and code: `ShowOpLog 200`. */
  readonly attempts: Record<string, number>;
  /** Failures by operation and reason: `ShowOpLog timeout`. */
  readonly failures: Record<string, number>;
  readonly reasons: Record<string, number>;
  readonly fields: Record<string, number>;
  readonly seconds: number[];
}

export function recordedObserver(): RecordedObserver {
  const codes: Record<string, number> = {};
  const attempts: Record<string, number> = {};
  const failures: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const fields: Record<string, number> = {};
  const seconds: number[] = [];
  const count = (counts: Record<string, number>, key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  return {
    codes,
    attempts,
    failures,
    reasons,
    fields,
    seconds,
    sending: () => {},
    attempted(operation, code, took) {
      count(codes, code);
      count(attempts, `${operation} ${code}`);
      seconds.push(took);
    },
    failed(operation, reason) {
      count(reasons, reason);
      count(failures, `${operation} ${reason}`);
    },
    invalidField: (field) => count(fields, field),
  };
}
