import type { FailureReason } from "../tasks/failure-reason.ts";
import type { Operation } from "./api-error.ts";

/** Told of each attempt of one project's requests; what counts and times them. */
export interface ApiObserver {
  /** An attempt begins. */
  sending(operation: Operation): void;
  /** @param code the HTTP status, or `none` when no answer came; @param seconds from sending to the last byte */
  attempted(operation: Operation, code: string, seconds: number): void;
  failed(operation: Operation, reason: FailureReason): void;
  /** @param field dotted path of the documented schema */
  invalidField(field: string): void;
}
