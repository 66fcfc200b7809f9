/** How the metadata service of a server (ECS) behaves. */
export interface MetadataOptions {
  /** Keys are given to requests with an `X-Metadata-Token` alone. Default false. */
  readonly requireToken?: boolean;
  /** Whether tokens are to be had: else the status that says so, false is 404. Default true. */
  readonly tokenRoute?: boolean | 404 | 405 | 503;
  /** Whether the server has an agency. Default true. */
  readonly agency?: boolean;
  /** How long a key lives, in seconds. Default 24 h. */
  readonly keySeconds?: number;
}
