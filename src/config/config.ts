import type { CollectorConfig } from "./read/collector.ts";
import type { ProjectConfig } from "./read/project.ts";

export type { AuthConfig } from "./read/auth.ts";
export type { CollectorConfig } from "./read/collector.ts";
export type { DiscoverConfig } from "./read/discover.ts";
export type { InventoryConfig } from "./read/inventory.ts";
export type { Labels } from "./read/labels.ts";
export type { ProjectConfig } from "./read/project.ts";
export type { ProxyConfig } from "./read/proxy.ts";
export type { SecretSource } from "./read/secrets.ts";
export type { TaskConfig } from "./read/tasks.ts";
export type { TlsConfig } from "./read/tls.ts";

/**
 * The configuration in force, checked and complete: what the rest of the program trusts. It is plain data, which
 * crosses `structuredClone`; each part is described beside its reader.
 */
export interface Config {
  readonly projects: readonly ProjectConfig[];
  readonly collectors: readonly CollectorConfig[];
}
