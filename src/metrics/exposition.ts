import type { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { createGzip } from "./gzip.ts";
import { type Format, registryText } from "./registry-text.ts";
import { createTaskText } from "./task-text.ts";

export type { Format };
export type Encoding = "identity" | "gzip";

/** What a scrape answers; chunks are shared between scrapes and never joined into one buffer. */
export interface Body {
  readonly length: number;
  readonly chunks: readonly Uint8Array[];
}

/** The text of `/metrics`, from what is known; asking for it never waits for the cloud. */
export interface Exposition {
  body(format: Format, encoding: Encoding): Promise<Body>;
}

export interface ExpositionOptions {
  readonly store: TaskStore;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** Collecting prom-client's defaults costs more than serving 10 000 tasks; a scrape needs them no fresher. */
const registryAgeMs = 1000;

const endOfFile = Buffer.from("# EOF\n");

export function createExposition({ store, registry, clock }: ExpositionOptions): Exposition {
  const tasks = createTaskText(store);
  const gzip = createGzip();
  let rest: Promise<Record<Format, readonly Uint8Array[]>> | undefined;
  let restAt = Number.NEGATIVE_INFINITY;

  /** Scrapes that come together share one collection. */
  function registryChunks(): Promise<Record<Format, readonly Uint8Array[]>> {
    if (rest && clock.monotonic() - restAt < registryAgeMs) return rest;
    restAt = clock.monotonic();
    rest = registryText(registry).then(({ text, openmetrics }) => ({
      text: [Buffer.from(text)],
      openmetrics: [Buffer.from(openmetrics), endOfFile],
    }));
    // One that failed is not kept.
    rest.catch(() => {
      rest = undefined;
    });
    return rest;
  }

  return {
    async body(format, encoding) {
      const registryPart = (await registryChunks())[format];
      const plain = [...tasks.chunks(), ...registryPart];
      const chunks = encoding === "gzip" ? await gzip(plain) : plain;
      return { length: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), chunks };
    },
  };
}
