import type { JsonObject } from "../../base/json.ts";
import type { FailureReason } from "../../tasks/failure-reason.ts";
import type { Operation } from "../operations.ts";

/** An answer, its body read to the end. */
export interface Answer {
  readonly status: number;
  /** The parsed body; undefined for one that is not JSON. */
  readonly json: unknown;
  /** The body as it came; empty for one that is too long. */
  readonly text: string;
  /** @param name in small letters */
  header(name: string): string | undefined;
}

/** What an answer brings, or why it is of no use: `bad_body` unless there is another reason. */
export type Reading<T> =
  | { readonly value: T }
  | {
      readonly unusable: string;
      readonly reason?: Extract<FailureReason, "unauthorized" | "server_error" | "client_error">;
    };

/** One request as the vendor's reference describes it. */
export interface Call<T> {
  readonly operation: Operation;
  /** GET unless given. */
  readonly method?: "GET" | "POST" | "PUT";
  /** Below the endpoint; `{project_id}` stands for the project's id. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: JsonObject;
  /** The status of a good answer, 200 unless given; with `any` all are read, also one whose body is too long. */
  readonly success?: number | "any";
  /** Bytes of a body that are read at most, 1 MiB unless given. */
  readonly maxBody?: number;
  /** Reads a good answer. */
  readonly read: (answer: Answer) => Reading<T>;
  readonly signal: AbortSignal;
}

/**
 * Sends a call through login, gate and retries.
 *
 * @throws {ApiError} when nothing usable came; {Held} when the project is held back for long, nothing having been sent;
 * {Stopped} when the call's signal aborts, or when nothing may start any more
 */
export type Requester = <T>(call: Call<T>) => Promise<T>;
