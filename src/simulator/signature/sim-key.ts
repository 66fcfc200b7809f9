/** An access key (AK/SK); temporary ones come with a security token and end. */
export interface SimKey {
  readonly access: string;
  readonly secret: string;
  /** Then every request has to send and sign it. */
  readonly securityToken?: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number;
}
