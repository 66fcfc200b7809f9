import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Clock } from "../base/clock.ts";
import type { Shard } from "../base/shard.ts";
import type { ResourceRecord } from "../estate/resources.ts";
import type { Exposition } from "../metrics/exposition.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { ScrapeLimits } from "./limits.ts";
import { contentTypes, negotiateEncoding, negotiateFormat } from "./negotiate.ts";
import { landingPage } from "./page/landing-page.ts";
import type { MissingOptions } from "./page/missing.ts";
import { sendBody } from "./send-body.ts";

export interface AppOptions {
  readonly exposition: Exposition;
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
  readonly limits: ScrapeLimits;
  readonly onError: (error: Error) => void;
}

type Env = { Bindings: HttpBindings };

/** The routes. All answer from memory; none waits for the cloud. */
export function createApp(options: AppOptions): Hono<Env> {
  const { exposition, store, shard, clock, version, routePrefix, telemetryPath, isReady, limits } = options;
  const app = new Hono<Env>();
  const at = (path: string): string => routePrefix + path.slice(1);

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

  async function metrics(c: Context<Env>): Promise<Response> {
    const outgoing = c.env.outgoing as ServerResponse<HttpBindings["incoming"]>;
    const answer = limits.admit(outgoing);
    if (!answer) {
      const text = `${limits.maxRequests} answers are under way already, and no more are allowed (--web.max-requests)\n`;
      return c.text(text, 503, { "Retry-After": "1" });
    }
    const format = negotiateFormat(c.req.header("accept"));
    const encoding = negotiateEncoding(c.req.header("accept-encoding"));
    const body = await exposition.body(format, encoding);
    const headers = {
      "content-type": contentTypes[format],
      vary: "Accept, Accept-Encoding",
      "x-content-type-options": "nosniff",
      ...(encoding === "gzip" && { "content-encoding": "gzip" }),
    };
    // Who asked may be gone by now.
    if (!outgoing.destroyed) sendBody(outgoing, body, headers, answer.setUnread);
    return RESPONSE_ALREADY_SENT;
  }

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
