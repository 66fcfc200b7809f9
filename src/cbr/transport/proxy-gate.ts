import type { Clock } from "../../base/clock.ts";
import { reveal } from "../../base/secret.ts";
import type { ProxyConfig } from "../../config/config.ts";
import type { Environment } from "../../config/expand-variables.ts";
import type { Attempt } from "./attempt.ts";
import type { Login } from "./login.ts";
import { createLoginGate, LoginRefused, type Outcome, type Permit } from "./login-gate.ts";
import { proxyFor } from "./proxy.ts";

/** The way of a request to its host: through a proxy or directly. */
export interface ProxyWay {
  /** Holds credentials; undefined where the host is asked directly. */
  readonly proxy: URL | undefined;
  /** The proxy has opened a tunnel: it takes the credentials. */
  recordTunnel(): void;
  /** @throws {ProxyRefused} | {Stopped} */
  enter(signal: AbortSignal): Promise<ProxyPermit>;
  /** Milliseconds for which nobody tries it, since it wants another login; 0 for none. */
  pausedMs(): number;
}

/** The leave to send one request that way. What came of it must be reported once; undefined, if it was not sent. */
export interface ProxyPermit {
  isStale(): boolean;
  report(got: Attempt | undefined): void;
}

/** The ways of a project, one for each proxy; they live as long as the project's API, connections come and go. */
export interface ProxyWays {
  to(url: URL): ProxyWay;
}

/** The proxy wants another login, and is not asked again before a pause is over. */
export class ProxyRefused extends Error {
  override readonly name = "ProxyRefused";

  /** @param isOurs whether it is the configuration's; else it stands in the way unasked */
  constructor(isOurs: boolean, retryInMs: number) {
    const [what, advice] = isOurs
      ? ["the proxy wants another login", "check the credentials in proxy_url (or the environment)"]
      : ["a proxy on the way wants a login", "check the proxy"];
    super(`${what} (HTTP 407) and is asked again in ${Math.ceil(retryInMs / 1000)} s; ${advice}`);
  }
}

/**
 * A proxy that refuses the credentials is treated as a cloud that does: until it has opened a tunnel, and after a 407,
 * one request at a time tries it, and after three nobody does until a doubling pause is over. The credentials stand in
 * the configuration or the environment: with others, all this is made anew.
 */
export function createProxyWays(config: ProxyConfig | undefined, env: Environment, clock: Clock): ProxyWays {
  const ways = new Map<string | undefined, ProxyWay>();
  const configured = config && "url" in config ? new URL(reveal(config.url)) : undefined;
  return {
    to(url) {
      const proxy = config && "fromEnvironment" in config ? proxyFor(url, env) : configured;
      const known = ways.get(proxy?.href);
      if (known) return known;
      const way = createWay(proxy, clock);
      ways.set(proxy?.href, way);
      return way;
    },
  };
}

function createWay(proxy: URL | undefined, clock: Clock): ProxyWay {
  const credential = { generation: 0, headers: () => ({}) };
  const login: Login = {
    credential: () => credential,
    expiresAt: () => undefined,
    refusalPolicy: { refusals: 3, firstPauseMs: 5_000, oncePerRequest: false, trustedAtFirst: proxy === undefined },
  };
  const gate = createLoginGate(login, clock);
  const underWay = new Set<Permit>();

  /** An answer through a tunnel that was there before says nothing about the credentials. */
  function outcomeOf(got: Attempt | undefined): Outcome {
    if (got && "proxyRefused" in got) return "refused";
    return proxy === undefined && got && "status" in got ? "accepted" : "unknown";
  }

  return {
    proxy,
    recordTunnel() {
      // At once: the host behind the proxy may take long to answer.
      for (const permit of underWay) permit.report("accepted", "");
    },
    enter: (signal) =>
      gate.enter(signal).then(
        (permit) => {
          if (proxy) underWay.add(permit);
          return {
            isStale: permit.isStale,
            report(got) {
              underWay.delete(permit);
              permit.report(outcomeOf(got), "");
            },
          };
        },
        (error: unknown) => {
          throw error instanceof LoginRefused ? new ProxyRefused(proxy !== undefined, error.retryInMs) : error;
        },
      ),
    pausedMs: gate.pausedMs,
  };
}
