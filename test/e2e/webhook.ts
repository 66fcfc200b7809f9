import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface NotifiedAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

/** What Alertmanager posts to a webhook. */
export interface Notification {
  /** Path that it came to. */
  readonly path: string;
  readonly body: { readonly receiver: string; readonly status: string; readonly alerts: readonly NotifiedAlert[] };
}

/** Somebody who is notified. */
export interface Webhook {
  readonly url: string;
  /** Oldest first. */
  readonly received: readonly Notification[];
  /** All alerts of that name and state that were notified, repetitions included. */
  told(alertname: string, status: "firing" | "resolved"): readonly NotifiedAlert[];
  close(): Promise<void>;
}

export async function startWebhook(): Promise<Webhook> {
  const received: Notification[] = [];
  const server = createServer(async (request, response) => {
    received.push({ path: request.url ?? "", body: JSON.parse(await text(request)) as Notification["body"] });
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    told: (alertname, status) =>
      received
        .flatMap(({ body }) => body.alerts)
        .filter((alert) => alert.labels["alertname"] === alertname && alert.status === status),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
