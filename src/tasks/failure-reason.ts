/** Why a request brought nothing usable: the label `reason` of `cbr_api_errors_total` and `cbr_task_poll_error_info`. */
export const failureReasons = [
  "not_found",
  "unauthorized",
  "forbidden",
  "throttled",
  "server_error",
  "client_error",
  "timeout",
  "network",
  "tls",
  "bad_body",
] as const;

export type FailureReason = (typeof failureReasons)[number];
