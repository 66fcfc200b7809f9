import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Clock } from "../base/clock.ts";
import type { Shard } from "../base/shard.ts";
import type { ResourceRecord } from "../estate/resources.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { landingPage } from "./page/landing-page.ts";
import type { MissingOptions } from "./page/missing.ts";
import { createScrape, type ScrapeOptions } from "./scrape.ts";

export interface AppOptions extends ScrapeOptions {
  readonly store: Pick<TaskStore, "records">;
  readonly shard: Shard;
  /** What the landing page tells of resources. */
  readonly resources: () => readonly ResourceRecord[];
  /** What it looks for what is missing in. */
  readonly inventory: () => Omit<MissingOptions, "now">;
  readonly clock: Clock;
  readonly version: string;
  /** Begins and ends with a slash. */
  readonly routePrefix: string;
  /** Below the prefix; begins with a slash. */
  readonly telemetryPath: string;
  /** False while starting and while draining. */
  readonly isReady: () => boolean;
  /** The configuration in force, without secrets. */
  readonly shownConfig: () => string;
  /** Absent: not allowed. */
  readonly reload?: () => Promise<{ readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] }>;
}

type Env = { Bindings: HttpBindings };

/** The routes. All answer from memory; none waits for the cloud. */
export function createApp(options: AppOptions): Hono<Env> {
  const { store, shard, clock, version, routePrefix, telemetryPath, isReady } = options;
  const app = new Hono<Env>();
  const at = (path: string): string => routePrefix + path.slice(1);

  const scrape = createScrape(options);
  async function metrics({ env: { incoming, outgoing } }: Context<Env>): Promise<Response> {
    await scrape(incoming as IncomingMessage, outgoing as ServerResponse);
    return RESPONSE_ALREADY_SENT;
  }
  // Before what makes the headers of pages, which would cost a scrape of which nothing has changed as much as its text does.
  app.get(at(telemetryPath), metrics);

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      strictTransportSecurity: false,
    }),
  );

  const ready = at("/-/ready");
  // Hono answers HEAD by GET's route; everything else that meets a route is refused with what it allows. OPTIONS is how
  // haproxy looks whether a server is well.
  const routes: readonly [string, (c: Context<Env>) => Response | Promise<Response>][] = [
    [at(telemetryPath), metrics],
    [at("/-/healthy"), (c) => c.text("Healthy\n")],
    [at("/config"), (c) => c.text(options.shownConfig())],
    [ready, (c) => (isReady() ? c.text("Ready\n") : c.text("Not ready\n", 503))],
    [
      routePrefix,
      (c) => {
        const resources = options.resources();
        return c.html(
          landingPage({
            store,
            shard,
            resources,
            inventory: options.inventory(),
            now: clock.now(),
            version,
            telemetryPath: telemetryPath.slice(1),
          }),
        );
      },
    ],
  ];
  for (const [path, answer] of routes) {
    app.get(path, answer);
    app.options(path, (c) =>
      path === ready && !isReady()
        ? c.text("Not ready\n", 503, allow)
        : c.body(null, 200, { ...allow, "Content-Length": "0" }),
    );
    app.all(path, (c) => c.text("Method not allowed\n", 405, allow));
  }
  const lifecycle = at("/-/reload");
  app.on(["POST", "PUT"], lifecycle, async (c) => {
    if (!options.reload) return c.text("Not allowed; start the exporter with --web.enable-lifecycle\n", 403);
    const reloaded = await options.reload();
    if (reloaded.ok) return c.text("Reloaded\n");
    return c.text(`Not reloaded, the configuration before stays in force:\n${reloaded.problems.join("\n")}\n`, 500);
  });
  app.options(lifecycle, (c) => c.body(null, 200, { ...allowReload, "Content-Length": "0" }));
  app.all(lifecycle, (c) => c.text("Method not allowed\n", 405, allowReload));
  // A prefix without its slash is what people type.
  if (routePrefix !== "/") app.get(routePrefix.slice(0, -1), (c) => c.redirect(routePrefix));
  app.notFound((c) => c.text("Not found\n", 404));
  app.onError((error, c) => {
    options.onError(error);
    return c.text("Internal error\n", 500);
  });
  return app;
}

const allow = { Allow: "GET, HEAD, OPTIONS" };
const allowReload = { Allow: "POST, PUT, OPTIONS" };
