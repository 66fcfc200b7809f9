/** When a fault strikes, among the requests that it could strike. */
interface Recurrence {
  /** After this many strikes the fault is gone. Default: it stays. */
  readonly times?: number;
  /** Strikes each nth request only. Default 1. */
  readonly every?: number;
}

/** A `Retry-After` header. */
export interface RetryAfter {
  /** Seconds, or any text that goes out as it is. Absent: no header. */
  readonly retryAfter?: number | string;
  /** How a number is written: as seconds (default), or as the HTTP date that many seconds from now. */
  readonly retryAfterAs?: "seconds" | "date";
}

/** Faults that are a whole answer: a status, headers and a body. */
export type AnswerFault =
  /** 429 `APIGW.0308`. */
  | ({ readonly kind: "throttle" } & RetryAfter)
  /** 5xx, default 500, with a JSON or an HTML body. */
  | ({ readonly kind: "server-error"; readonly status?: number; readonly html?: boolean } & RetryAfter)
  /** 200 with the right answer, cut in its middle but of the length that is told. */
  | { readonly kind: "broken-json" }
  /** 200 with a page, as a proxy's login does. */
  | { readonly kind: "html" }
  /** 200 without a body. */
  | { readonly kind: "empty" }
  /** 200 with `{}`, `{"operation_log": null}` or `[]`. Default `object`. */
  | { readonly kind: "wrong-shape"; readonly shape?: "object" | "null" | "list" }
  /** 200 with the right answer under another id. */
  | { readonly kind: "foreign-id"; readonly id?: string }
  /** Any status; the default body is the cloud's for 401, 403, 404, 429 and 5xx, else empty. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body?: string;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 302, or another 3xx, to `location`. */
  | { readonly kind: "redirect"; readonly location?: string; readonly status?: number }
  /** 200 with `body` as it is. Default type `application/json`. */
  | { readonly kind: "raw"; readonly body: string; readonly contentType?: string };

/** Faults that no well-formed answer can express. */
export type WireFault =
  /** Never answers. */
  | { readonly kind: "hang" }
  /** The headers, then one byte per interval (default 100 ms), without an end. */
  | { readonly kind: "slow-body"; readonly intervalMs?: number }
  /** The connection is destroyed before any answer. */
  | { readonly kind: "cut" }
  /** The connection is destroyed in the middle of a body whose `Content-Length` promised more. */
  | { readonly kind: "cut-body" }
  /** A body that goes on until the client closes. */
  | { readonly kind: "endless-body" }
  /** The right answer, padded to `bytes` by a field that nobody knows; without `Content-Length`. */
  | { readonly kind: "huge-body"; readonly bytes: number };

/** The right answer, `ms` milliseconds later. */
interface LatencyFault {
  readonly kind: "latency";
  readonly ms: number;
}

/**
 * What the simulator does wrong on purpose: of a task after the login and the project were found right; of IAM and the
 * metadata service before anything is checked, where "200" is the right answer's status, and its headers stay.
 */
export type Fault = Recurrence & (AnswerFault | WireFault | LatencyFault);
