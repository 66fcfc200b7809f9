import type { FailureReason } from "../tasks/failure-reason.ts";
import type { Operation } from "./operations.ts";

const retryable: ReadonlySet<FailureReason> = new Set(["timeout", "network", "throttled", "server_error"]);

/** Whether asking again at once may help after this. */
export function isRetryable(reason: FailureReason): boolean {
  return retryable.has(reason);
}

/** What an error is made of; the optional parts are absent where they are not known. */
export type ApiErrorDetails = Pick<ApiError, "project" | "operation" | "reason" | "message"> &
  Partial<Pick<ApiError, "status" | "code" | "requestId" | "retryAfterMs" | "sent" | "retryable">>;

/**
 * A request that brought nothing usable: all that a log line, a counter and the page need, in one place.
 * Its message says what went wrong and, where one can tell, what to check; it holds no secret.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly project: string;
  readonly operation: Operation;
  readonly reason: FailureReason;
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  /** The vendor's code, such as `BackupService.6500`. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  /** Milliseconds that the server asked to wait, at most 5 minutes. */
  readonly retryAfterMs: number | undefined;
  /** False when the request was never sent, as while a refused login is not tried again. Default: true. */
  readonly sent: boolean;
  /** Whether asking again at once may help. Default: by the reason. */
  readonly retryable: boolean;

  constructor(details: ApiErrorDetails, options?: ErrorOptions) {
    super(details.message, options);
    this.project = details.project;
    this.operation = details.operation;
    this.reason = details.reason;
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.sent = details.sent ?? true;
    this.retryable = details.retryable ?? isRetryable(details.reason);
  }
}

/** The project is held back by the server for so long that the run ends; the request was never sent. */
export class Held extends Error {
  override readonly name = "Held";
}
