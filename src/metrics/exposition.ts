import type { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import type { CollectorState } from "../collect/collector.ts";
import type { ProjectSummary } from "../collect/project-health.ts";
import type { Estate } from "../estate/estate.ts";
import type { ResourceRecord, Resources } from "../estate/resources.ts";
import type { TaskCount } from "../estate/task-counts.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import { collectorFamilies, collectorLabels } from "./families/collector.ts";
import { policySeries, unprotectedCountSeries, unprotectedSeries, vaultSeries } from "./families/estate.ts";
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
import { compress, type Deflate, type Deflated, gzipMember } from "./gzip.ts";
import { registryText } from "./registry-text.ts";
import type { Format } from "./text.ts";
import { createTextForms, type ScrapeObserver } from "./text-forms.ts";

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
  /** The tasks that have series. */
  readonly store: RecordSource<TaskRecord>;
  /** The tasks whose finishes count. */
  readonly counted: Pick<RecordSource<TaskRecord>, "subscribe">;
  readonly resources: RecordSource<ResourceRecord> & Pick<Resources, "dropped">;
  readonly taskCounts: RecordSource<TaskCount>;
  readonly estate: Omit<Estate, "resources">;
  readonly projects: () => readonly ProjectSummary[];
  readonly collectors: () => readonly CollectorState[];
}

/** Collecting prom-client's defaults costs more than serving 10 000 tasks; a scrape needs them no fresher. */
const restAgeMs = 1000;

export interface ExpositionOptions {
  /** What prom-client keeps: counters of requests, and the exporter's own process. */
  readonly registry: Registry;
  readonly clock: Clock;
  readonly observer?: ScrapeObserver | undefined;
  readonly deflate?: Deflate | undefined;
}

function isFinished({ finished }: TaskRecord): boolean {
  return finished;
}

/** What has no records that are told apart, as it was within the last second. */
interface Rest {
  readonly text: Uint8Array;
  deflated?: Promise<Deflated>;
}

export function createExposition(sources: Sources, options: ExpositionOptions): Exposition {
  const { registry, clock, observer, deflate } = options;
  const { estate } = sources;
  const forms = createTextForms(
    [
      familyText({ source: sources.store, families: taskFamilies, labels: taskLabels, isFrozen: isFinished }),
      familyText({ source: sources.resources, families: resourceFamilies, labels: resourceLabels }),
      familyText({ source: sources.taskCounts, families: taskCountFamilies, labels: taskCountLabels }),
      familyText({ source: estate.vaults, ...vaultSeries }),
      familyText({ source: estate.policies, ...policySeries }),
      familyText({ source: estate.unprotected, ...unprotectedSeries }),
      familyText({ source: estate.unprotectedCounts, ...unprotectedCountSeries }),
    ],
    { clock, observer, deflate },
  );
  let collected: Promise<(format: Format) => Rest> | undefined;
  let collectedAt = Number.NEGATIVE_INFINITY;

  async function collect(): Promise<(format: Format) => Rest> {
    const registered = await registryText(registry);
    const [projects, collectors] = [sources.projects(), sources.collectors()];
    const written: Partial<Record<Format, Rest>> = {};
    return (format) => {
      written[format] ??= {
        text: Buffer.from(
          registered(format) +
            recordsText([sources.resources], resourceSetFamilies, () => ({}), format) +
            recordsText(projects, projectFamilies, projectLabels, format) +
            recordsText(collectors, collectorFamilies, collectorLabels, format) +
            (format === "openmetrics" ? "# EOF\n" : ""),
        ),
      };
      return written[format];
    };
  }

  /** Scrapes that come together share one collection; one that failed is not kept. */
  async function rest(format: Format): Promise<Rest> {
    if (!collected || clock.monotonic() - collectedAt >= restAgeMs) {
      collectedAt = clock.monotonic();
      collected = collect();
      collected.catch(() => {
        collected = undefined;
      });
    }
    return (await collected)(format);
  }

  async function deflatedRest(format: Format): Promise<Deflated> {
    const others = await rest(format);
    try {
      if (!others.deflated) observer?.compressed(others.text.byteLength);
      others.deflated ??= compress(others.text, deflate);
      return await others.deflated;
    } catch (error) {
      // One that failed is not kept.
      delete others.deflated;
      throw error;
    }
  }

  return {
    async body(format, encoding) {
      const chunks =
        encoding === "gzip"
          ? gzipMember([...(await forms.deflated()), await deflatedRest(format)])
          : [...(await forms.texts()), (await rest(format)).text];
      return { length: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), chunks };
    },
  };
}
