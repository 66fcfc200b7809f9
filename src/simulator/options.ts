import type { SimProject, SimUser } from "./gateway.ts";
import type { TlsPair } from "./listener.ts";
import type { ListingManner } from "./listing.ts";
import type { SimKey } from "./signature.ts";
import type { FleetOptions } from "./tasks/fleet.ts";
import type { SimTask } from "./tasks/sim-task.ts";
import type { TokenState } from "./tokens.ts";

export const defaultToken = "demo-token";
export const defaultUser: SimUser = { domain: "demo", name: "exporter", password: "demo-password" };
export const defaultKey: SimKey = { access: "DEMOACCESSKEY", secret: "demo-secret-key" };
export const defaultTokenSeconds = 24 * 3600;
/** About as long as the cloud's shorter ones. */
export const defaultTokenBytes = 1024;

export interface SimulatorOptions {
  /** Default `127.0.0.1`; `""` listens on every address. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default: plain HTTP. */
  readonly tls?: TlsPair;
  /** The one `X-Auth-Token` that is right without a login, for `projectId` alone. Default `demo-token`. */
  readonly token?: string;
  /** When it ends, in milliseconds since 1970. Default: it does not, which IAM tells as the end of 2099. */
  readonly tokenExpiresAtMs?: number;
  /** Default: the vendor's example's. */
  readonly projectId?: string;
  /** Default `ap-southeast-1`. */
  readonly projectName?: string;
  /** Further projects, with the same tasks. */
  readonly projects?: readonly SimProject[];
  /** Who can get a token from IAM. Default: `exporter` of the domain `demo`, with the password `demo-password`. */
  readonly users?: readonly SimUser[];
  /** Whether users have the right to `GET /v3/projects`. Default: not, as a plain reader, whom IAM answers 403. */
  readonly mayListProjects?: boolean;
  /** What another IAM says of a token that this one did not give. Default: there is no other. */
  readonly otherTokens?: (text: string) => Promise<TokenState>;
  /** How long IAM's tokens live, in seconds. Default 24 h. */
  readonly tokenSeconds?: number;
  /** How long IAM's tokens are, in bytes (at least 50). Default 1024. */
  readonly tokenBytes?: number;
  /** Which keys sign rightly. Default: `DEMOACCESSKEY` with `demo-secret-key`. */
  readonly keys?: readonly SimKey[];
  /** How the metadata service of a server (ECS) behaves. Default: there is none. */
  readonly metadata?: {
    /** Keys are given to requests with an `X-Metadata-Token` alone. Default false. */
    readonly requireToken?: boolean;
    /** How long a key lives, in seconds. Default 24 h. */
    readonly keySeconds?: number;
  };
  /** Default: the demo's. */
  readonly tasks?: readonly SimTask[];
  /** Servers that are backed up every night, and for how many days the cloud remembers it. Default: none. */
  readonly fleet?: Omit<FleetOptions, "seed">;
  /** What the vendor leaves open of ListOpLogs. */
  readonly listing?: ListingManner;
  /** Of the demo's tasks and the latencies. Default 1. */
  readonly seed?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Least and most milliseconds of an answer. Default 5 to 40. */
  readonly latencyMs?: readonly [number, number];
  /** Told of every ShowOpLog request as it arrives, wrong tokens included. */
  readonly onRequest?: (request: { readonly id: string; readonly at: number }) => void;
}
