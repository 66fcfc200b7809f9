import type { Micros } from "../../tasks/micros.ts";

/** A request as it stands before the login's headers are added. */
export interface UnsignedRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
}

/** What authenticates requests until it is renewed. */
export interface Credential {
  /** Another number means another credential. */
  readonly generation: number;
  headers(request: UnsignedRequest): Readonly<Record<string, string>>;
}

/** One way of logging in to a project. */
export interface Login {
  /** The credential to use now. @throws {Error} with one line that names the configuration's key, never a value */
  credential(): Promise<Credential>;
  /** When the credential ends, where that is known. */
  expiresAt(): Micros | undefined;
}
