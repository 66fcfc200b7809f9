import type { Secret } from "../base/secret.ts";

/** The configuration in force, checked and complete: what the rest of the program trusts. */
export interface Config {
  readonly projects: readonly ProjectConfig[];
  readonly collectors: readonly CollectorConfig[];
}

/** One CBR project of one region. */
export interface ProjectConfig {
  /** The `project` label. */
  readonly name: string;
  /** `project_id` in the URL; absent where a `password` login is to look it up by the region's name. */
  readonly id?: string;
  readonly region?: string;
  /** Base URL of CBR without a trailing slash, such as `https://cbr.ap-southeast-1.myhuaweicloud.com`. */
  readonly endpoint: string;
  /** Base URL of IAM without a trailing slash: as given, else that of the region; absent where neither is known. */
  readonly iamEndpoint?: string;
  readonly auth: AuthConfig;
  /** Requests per second. */
  readonly rateLimit: number;
  /** Requests in flight. */
  readonly concurrency: number;
  /** One attempt, connect to last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts on top of the first. */
  readonly retries: number;
  readonly proxy?: ProxyConfig;
  readonly tls?: TlsConfig;
}

/** A secret that stands in the configuration, or in a file that is read afresh for each use or renewal. */
export type SecretSource = { readonly value: Secret } | { readonly file: string };

/** How to log in; one member for each key under `auth`, the key's name as `method`. */
export type AuthConfig =
  | { readonly method: "token"; readonly token: Secret }
  | { readonly method: "token_file"; readonly path: string }
  | {
      readonly method: "password";
      readonly domainName: string;
      readonly userName: string;
      readonly password: SecretSource;
    }
  | {
      readonly method: "ak_sk";
      readonly accessKey: SecretSource;
      readonly secretKey: SecretSource;
      /** With temporary keys. */
      readonly securityToken?: SecretSource;
    }
  | {
      readonly method: "ecs_agency";
      /** Base URL of the metadata service without a trailing slash. */
      readonly endpoint: string;
    };

/** `proxy_url`, whose credentials are secret, or `proxy_from_environment`. */
export type ProxyConfig = { readonly url: Secret } | { readonly fromEnvironment: true };

/** `tls_config`; paths are absolute. */
export interface TlsConfig {
  /** PEM, added to Node's bundled roots. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Checked against CBR's certificate instead of the endpoint's host; IAM's is checked against its own. */
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

export interface CollectorConfig {
  readonly name: string;
  /** Name of the project. */
  readonly project: string;
  /** Cron expression, 5 fields or 6 with seconds first. */
  readonly schedule: string;
  /** IANA name of the schedule's timezone. */
  readonly timezone: string;
  readonly runOnStart: boolean;
  /** Those of `tasks`, in their order. */
  readonly tasks: readonly TaskConfig[];
  /** Those of `task_files` as they were when the configuration was read. */
  readonly fileTasks: readonly TaskConfig[];
  /** `task_files`: absolute paths or glob patterns; characters that are special in a pattern but stand in a path are escaped. */
  readonly taskFiles: readonly string[];
  /** By entry of `taskFiles`: the files that it named when the configuration was read. */
  readonly taskFilesFound: readonly (readonly string[])[];
  /** Extra labels for every task of this collector. */
  readonly labels: Labels;
}

export interface TaskConfig {
  readonly id: string;
  /** Shown instead of the resource's name. */
  readonly name?: string;
  /** Its own extra labels over its collector's. */
  readonly labels: Labels;
  /** Absolute path of the task file that lists it; `undefined` for a task of the configuration itself. */
  readonly file?: string;
}

export type Labels = Readonly<Record<string, string>>;
