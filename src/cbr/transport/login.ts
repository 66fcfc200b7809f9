import type { Micros } from "../../base/micros.ts";

/** Where a request goes: as much of a URL as is asked of it, since to parse one costs a poll more than to read an answer. */
export type RequestUrl = Readonly<Pick<URL, "origin" | "host" | "pathname" | "search">>;

/** A request as it stands before the login's headers are added. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: RequestUrl;
  readonly body?: string;
}

/** What authenticates requests until it is renewed. */
export interface Credential {
  /** Another number means another credential. */
  readonly generation: number;
  /** Where the login found out which project it is for. */
  readonly projectId?: string;
  headers(request: UnsignedRequest): Readonly<Record<string, string>>;
}

/** How many refusals prove a credential bad, and how long it then rests. */
export interface RefusalPolicy {
  readonly refusals: number;
  /** In milliseconds; it doubles up to five minutes. */
  readonly firstPauseMs: number;
  /** Whether refusals of one and the same request, which may be that request's own fault, count once. */
  readonly oncePerRequest: boolean;
  /** Taken for good until it is refused, so that nobody waits for a first trial. */
  readonly trustedAtFirst?: boolean;
}

/** One way of logging in to a project. */
export interface Login {
  /**
   * The credential to use now; no promise where it is at hand, since each one costs every request.
   *
   * @throws {ApiError} when a server did not give it; {Error} with one line that names the configuration's key; neither
   * holds a secret
   */
  credential(): Credential | Promise<Credential>;
  /** The server refused this credential. Only for logins that can obtain another by themselves. */
  refused?(generation: number): void;
  /** When the credential ends, where that is known. */
  expiresAt(): Micros | undefined;
  /** Milliseconds for which {@link Login.credential} fails without trying; absent for logins that never do. */
  pausedMs?(): number;
  /** Default: three different requests, five seconds. */
  readonly refusalPolicy?: RefusalPolicy;
}
