import type { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import type { CollectorState } from "../collect/collector.ts";
import type { ProjectSummary } from "../collect/project-health.ts";
import type { ResourceRecord, Resources } from "../estate/resources.ts";
import type { TaskCount } from "../estate/task-counts.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import { collectorFamilies, collectorLabels } from "./families/collector.ts";
import { projectFamilies, projectLabels } from "./families/project.ts";
import {
  resourceFamilies,
  resourceLabels,
  resourceSetFamilies,
  taskCountFamilies,
  taskCountLabels,
} from "./families/resource.ts";
import { taskFamilies, taskLabels } from "./families/task.ts";
import { familyText, type RecordSource, recordsText } from "./family-text.ts";
import { createGzip } from "./gzip.ts";
import { registryText } from "./registry-text.ts";
import type { Format } from "./text.ts";

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

/** What an exporter knows. */
export interface Sources {
  readonly store: RecordSource<TaskRecord>;
  readonly resources: RecordSource<ResourceRecord> & Pick<Resources, "dropped">;
  readonly taskCounts: RecordSource<TaskCount>;
  readonly projects: () => readonly ProjectSummary[];
  readonly collectors: () => readonly CollectorState[];
}

/** Collecting prom-client's defaults costs more than serving 10 000 tasks; a scrape needs them no fresher. */
const restAgeMs = 1000;

const endOfFile = Buffer.from("# EOF\n");

/** @param registry what prom-client keeps: counters of requests, and the exporter's own process */
export function createExposition(sources: Sources, registry: Registry, clock: Clock): Exposition {
  const kept = [
    familyText(sources.store, taskFamilies, taskLabels),
    familyText(sources.resources, resourceFamilies, resourceLabels),
    familyText(sources.taskCounts, taskCountFamilies, taskCountLabels),
  ];
  const gzip = createGzip();
  let rest: Promise<Record<Format, readonly Uint8Array[]>> | undefined;
  let restAt = Number.NEGATIVE_INFINITY;

  /** All but the tasks and what they show. Scrapes that come together share one collection. */
  function restChunks(): Promise<Record<Format, readonly Uint8Array[]>> {
    if (rest && clock.monotonic() - restAt < restAgeMs) return rest;
    restAt = clock.monotonic();
    rest = registryText(registry).then((registered) => {
      const [projects, collectors] = [sources.projects(), sources.collectors()];
      const textIn = (format: Format): Buffer =>
        Buffer.from(
          registered[format] +
            recordsText([sources.resources], resourceSetFamilies, () => ({}), format) +
            recordsText(projects, projectFamilies, projectLabels, format) +
            recordsText(collectors, collectorFamilies, collectorLabels, format),
        );
      return { text: [textIn("text")], openmetrics: [textIn("openmetrics"), endOfFile] };
    });
    // One that failed is not kept.
    rest.catch(() => {
      rest = undefined;
    });
    return rest;
  }

  return {
    async body(format, encoding) {
      const others = (await restChunks())[format];
      const plain = [...kept.flatMap((source) => source.chunks()), ...others];
      const chunks = encoding === "gzip" ? await gzip(plain) : plain;
      return { length: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), chunks };
    },
  };
}
