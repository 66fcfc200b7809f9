import { Agent } from "undici";
import type { Clock } from "../base/clock.ts";
import { createInterner } from "../base/interner.ts";
import { fromMillis, later, type Micros } from "../base/micros.ts";
import type { AuthConfig, ProjectConfig, TlsConfig } from "../config/config.ts";
import type { Environment } from "../config/expand-variables.ts";
import type { Backup } from "../estate/backups.ts";
import type { Policy } from "../estate/policies.ts";
import type { Protectable } from "../estate/protectables.ts";
import type { Vault } from "../estate/vaults.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";
import type { Page } from "./answers/page.ts";
import { createLogin } from "./auth/create-login.ts";
import { type BackupsQuery, listBackups } from "./calls/backups.ts";
import { createIam } from "./calls/iam.ts";
import type { Paging } from "./calls/list-page.ts";
import { createMetadata, type Metadata } from "./calls/metadata.ts";
import { listOperationLogs, type OperationLogsQuery, showOperationLog } from "./calls/operation-logs.ts";
import { listPolicies } from "./calls/policies.ts";
import { listProtectables, type ProtectablesQuery } from "./calls/protectables.ts";
import { listVaults, type VaultsQuery } from "./calls/vaults.ts";
import type { ApiObserver } from "./operations.ts";
import { createConnections } from "./transport/connections.ts";
import { createGate } from "./transport/gate.ts";
import type { Login } from "./transport/login.ts";
import { createLoginGate, openLoginGate } from "./transport/login-gate.ts";
import { createProxyWays } from "./transport/proxy-gate.ts";
import { createRequester } from "./transport/requester.ts";

export type { Page, Paging };

/** How often a project may be asked, and how patiently. */
export type ProjectLimits = Pick<ProjectConfig, "rateLimit" | "concurrency" | "timeoutMs" | "retries">;

/** A project's API; lives on through a reload while it is reached, and logged in to, in the same way. */
export interface ProjectApi {
  /**
   * Asks for one task (ShowOpLog), with retries.
   *
   * @throws {ApiError} when nothing usable came; {@link Held} when the project is held back for long and nothing was
   * sent; {@link Stopped} when `signal` aborts or after {@link ProjectApi.stop}
   */
  showOperationLog(id: TaskId, signal: AbortSignal): Promise<OperationLog>;
  /** Lists tasks, one page (ListOpLogs), with retries. @throws as {@link ProjectApi.showOperationLog} */
  listOperationLogs(query: OperationLogsQuery & Paging, signal: AbortSignal): Promise<Page<OperationLog>>;
  /** Lists vaults with their resources, one page (ListVault), with retries. @throws as {@link ProjectApi.showOperationLog} */
  listVaults(query: VaultsQuery & Paging, signal: AbortSignal): Promise<Page<Vault>>;
  /** Lists all policies (ListPolicies), with retries. @throws as {@link ProjectApi.showOperationLog} */
  listPolicies(signal: AbortSignal): Promise<Page<Policy>>;
  /** Lists backups, newest first, one page (ListBackups), with retries. @throws as {@link ProjectApi.showOperationLog} */
  listBackups(query: BackupsQuery & Paging, signal: AbortSignal): Promise<Page<Backup>>;
  /** Lists what could be backed up, one page (ListProtectable), with retries. @throws as {@link ProjectApi.showOperationLog} */
  listProtectables(query: ProtectablesQuery & Paging, signal: AbortSignal): Promise<Page<Protectable>>;
  /** What the login knows of its credential's end. */
  login(): { readonly method: AuthConfig["method"]; readonly expiresAt: Micros | undefined };
  /** How far the cloud's clock is ahead of this machine's, in milliseconds; undefined before its first answer. */
  skewMs(): number | undefined;
  /** Milliseconds for which nothing would be sent: the project is held back, or its login or proxy pauses; 0 for none. */
  pausedMs(): number;
  /** Others hold from the next attempt on; a hold, the login's pause and its credential stay. */
  setLimits(limits: ProjectLimits): void;
  /** Starts no attempt any more; those in flight go on. */
  stop(): void;
  /** Ends the connections, those in use too. */
  close(): Promise<void>;
}

export interface ProjectApiOptions {
  readonly config: ProjectConfig;
  readonly env: Environment;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  readonly observer: ApiObserver;
  /** Told once the login has found the project's id, before anything is asked with it, and when it is another one. */
  readonly onProjectId?: ((id: string) => void) | undefined;
}

export function createProjectApi(options: ProjectApiOptions): ProjectApi {
  const { config, env, clock, random, observer, onProjectId } = options;
  const { name: project, endpoint, iamEndpoint, proxy, tls } = config;
  // Read by each attempt.
  const limits = { ...config };
  const proxies = createProxyWays(proxy, env, clock);
  const connect = (own: TlsConfig | undefined) => createConnections({ ...limits, tls: own, clock });
  const connections = connect(tls);
  // `server_name` is that of CBR's certificate; IAM is another host, with a certificate of its own.
  const iamConnections = tls?.serverName === undefined ? connections : connect(withoutServerName(tls));
  const direct = new Agent({ connections: 1 });
  const stopping = new AbortController();
  const closing = new AbortController();
  const gate = createGate(config, clock);
  // Logins are few; they must not wait behind polls, which wait for them.
  const iamGate = createGate(config, clock);
  const metadataGate = createGate({ rateLimit: Number.POSITIVE_INFINITY, concurrency: 1 }, clock);
  let skew: number | undefined;
  const cloudNow = (): Micros => later(clock.now(), fromMillis(skew ?? 0));

  const common = { project, clock, random, observer, stopping: stopping.signal };
  const remote = {
    ...common,
    limits,
    proxies,
    onSkew: (ms: number) => {
      skew = ms;
    },
  };
  const iam =
    iamEndpoint === undefined
      ? undefined
      : createIam(
          createRequester({
            ...remote,
            endpoint: iamEndpoint,
            connections: iamConnections,
            gate: iamGate,
            login: openLoginGate,
          }),
          closing.signal,
        );

  /** The service of the server itself, which no proxy reaches. */
  function metadata(metadataEndpoint: string): Metadata {
    const request = createRequester({
      ...common,
      endpoint: metadataEndpoint,
      limits: { timeoutMs: 3_000, retries: 0 },
      connections: { dispatcher: async () => direct },
      proxies: createProxyWays(undefined, {}, clock),
      gate: metadataGate,
      login: openLoginGate,
    });
    return createMetadata(request, closing.signal);
  }

  const login = createLogin({ config, iam, metadata, clock, random, stopping: stopping.signal });
  const loginGate = createLoginGate(onProjectId ? toldId(login, onProjectId) : login, clock);
  const request = createRequester({ ...remote, endpoint, projectId: config.id, connections, gate, login: loginGate });
  const asking = { request, observer, cloudNow, intern: createInterner() };
  const way = proxies.to(new URL(endpoint));

  function stop(): void {
    stopping.abort();
    for (const each of [gate, iamGate, metadataGate]) each.stop();
  }

  return {
    showOperationLog: (id, signal) => showOperationLog(asking, id, signal),
    listOperationLogs: (query, signal) => listOperationLogs(asking, query, signal),
    listVaults: (query, signal) => listVaults(asking, query, signal),
    listPolicies: (signal) => listPolicies(asking, signal),
    listBackups: (query, signal) => listBackups(asking, query, signal),
    listProtectables: (query, signal) => listProtectables(asking, query, signal),
    login: () => ({ method: config.auth.method, expiresAt: login.expiresAt() }),
    skewMs: () => skew,
    pausedMs: () => Math.max(gate.heldMs(), way.pausedMs(), loginGate.pausedMs()),
    setLimits({ rateLimit, concurrency, timeoutMs, retries }) {
      Object.assign(limits, { rateLimit, concurrency, timeoutMs, retries });
      for (const part of [gate, iamGate, connections, iamConnections]) part.setLimits(limits);
    },
    stop,
    async close() {
      stop();
      closing.abort();
      await Promise.all([connections.close(), iamConnections.close(), direct.destroy()]);
    },
  };
}

/** Tells which project the login found out it is for. */
function toldId(login: Login, tell: (id: string) => void): Login {
  let told: string | undefined;
  return {
    ...login,
    async credential() {
      const credential = await login.credential();
      const { projectId } = credential;
      if (projectId !== undefined && projectId !== told) tell(projectId);
      told = projectId;
      return credential;
    },
  };
}

function withoutServerName({ serverName: _, ...others }: TlsConfig): TlsConfig {
  return others;
}
