import { Counter, Histogram, type Registry } from "prom-client";
import type { ApiObserver, Operation } from "../cbr/operations.ts";
import { failureReasons } from "../tasks/failure-reason.ts";

/** Seconds; a gateway answers in tens of milliseconds, the default timeout is 10. */
const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Gives what counts a project's requests.
 *
 * @param operations those that the project calls; their counters are there from the start
 */
export type Observe = (project: string, operations?: readonly Operation[]) => ApiObserver;

export interface ApiMetrics {
  /** What counts the requests of a project. */
  readonly observe: Observe;
  /** Lets the series of a project go that has left. */
  readonly forget: (project: string) => Promise<void>;
}

/** Registers the counters of requests to the cloud. */
export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "cbr_api_requests_total",
    help: "Requests sent to the cloud, retries included, by HTTP status code; code is none when no answer came.",
    labelNames: ["project", "operation", "code"],
    registers,
  });
  const errors = new Counter({
    name: "cbr_api_errors_total",
    help: "Requests to the cloud that brought nothing usable, those that a retry repaired included, by reason.",
    labelNames: ["project", "operation", "reason"],
    registers,
  });
  const durations = new Histogram({
    name: "cbr_api_request_duration_seconds",
    help: "How long one attempt of a request to the cloud took, from sending to the last byte, in seconds.",
    labelNames: ["project", "operation"],
    buckets,
    registers,
  });
  const invalidFields = new Counter({
    name: "cbr_api_invalid_fields_total",
    help: "Fields of answers whose value could not be used and was left out, by the dotted path of the API's schema.",
    labelNames: ["project", "field"],
    registers,
  });

  const started = new Set<string>();

  const observe: Observe = (project, operations = ["ShowOpLog"]) => {
    for (const operation of operations) {
      // From 0: increase() misses a counter whose first sample is 1.
      for (const reason of failureReasons) errors.inc({ project, operation, reason }, 0);
      // Once: it forgets what a project counted before a reload.
      const counted = `${project}/${operation}`;
      if (!started.has(counted)) durations.zero({ project, operation });
      started.add(counted);
    }
    return {
      sending: () => {},
      attempted(operation, code, seconds) {
        requests.inc({ project, operation, code });
        durations.observe({ project, operation }, seconds);
      },
      failed: (operation, reason) => errors.inc({ project, operation, reason }),
      invalidField: (field) => invalidFields.inc({ project, field }),
    };
  };

  async function forget(project: string): Promise<void> {
    for (const metric of [requests, errors, durations, invalidFields] as readonly Counter[]) {
      for (const { labels } of (await metric.get()).values) {
        // A histogram's samples have `le` too.
        const { le: _, ...own } = labels as Record<string, string>;
        if (own["project"] === project) metric.remove(own);
      }
    }
    for (const counted of started) if (counted.startsWith(`${project}/`)) started.delete(counted);
  }

  return { observe, forget };
}
