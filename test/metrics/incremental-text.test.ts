import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { createEstate } from "../../src/estate/estate.ts";
import { followResources } from "../../src/estate/resources.ts";
import type { Family, Labels } from "../../src/metrics/families/family.ts";
import { resourceFamilies, resourceLabels } from "../../src/metrics/families/resource.ts";
import { taskFamilies, taskLabels } from "../../src/metrics/families/task.ts";
import { familyText, type RecordSource, recordsText } from "../../src/metrics/family-text.ts";
import { gzipMember } from "../../src/metrics/gzip.ts";
import { createTextForms } from "../../src/metrics/text-forms.ts";
import { statuses } from "../../src/tasks/operation-log.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { manualClock } from "../support/manual-clock.ts";
import { member, sources } from "../support/task-records.ts";
import { noon } from "./support.ts";

const ids = Array.from({ length: 40 }, (_, at) => `t-${at}`);
const id = fc.constantFrom(...ids);

/** Anything that can happen to the tasks, and scrapes, of which some begin before another has ended. */
const event = fc.oneof(
  fc.record({
    what: fc.constant("reload" as const),
    lists: fc.array(fc.subarray(ids), { maxLength: 3 }),
    label: fc.string(),
  }),
  fc.record({
    what: fc.constant("answer" as const),
    id,
    status: fc.constantFrom(...statuses),
    progress: fc.nat(100),
    ends: fc.boolean(),
    resource: fc.nat(5),
  }),
  fc.record({ what: fc.constantFrom("not_found" as const, "failed" as const), id }),
  fc.record({ what: fc.constant("superseded" as const), id, superseded: fc.boolean() }),
  fc.record({ what: fc.constant("clock set back" as const) }),
  fc.record({ what: fc.constantFrom("scrape" as const, "scrape meanwhile" as const), gzip: fc.boolean() }),
);

function start<R extends { readonly key: string }>(
  source: RecordSource<R>,
  families: readonly Family<R>[],
  labels: (record: R) => Labels,
  isFrozen: (record: R) => boolean,
) {
  const text = familyText({ source, families, labels, isFrozen, sizes: { small: 3, big: 9 } });
  const forms = createTextForms([text], { clock: manualClock() });
  return {
    scrape: async (gzip: boolean): Promise<string> =>
      gzip
        ? gunzipSync(Buffer.concat(gzipMember([await forms.deflated()]))).toString()
        : Buffer.concat(await forms.texts()).toString(),
    /** All records written at once, in the order in which the blocks have them. */
    written(shown: string): string {
      const places = new Map<string, number>();
      for (const [, ...values] of shown.matchAll(/^\w+\{\w+="((?:[^"\\]|\\.)*)",\w+="((?:[^"\\]|\\.)*)"/gm)) {
        if (!places.has(values.join("/"))) places.set(values.join("/"), places.size);
      }
      const placeOf = (record: R): number => places.get(Object.values(labels(record)).join("/")) ?? -1;
      const records = [...source.records()].toSorted((a, b) => placeOf(a) - placeOf(b));
      return recordsText(records, families, labels, "text");
    },
  };
}

test("after whatever happens, the text is what writing all records anew gives, byte for byte, and gzip inflates to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60, size: "max" }), fc.boolean(), async (events, gzip) => {
      const store = createTaskStore();
      const resources = followResources(store, createEstate().resources, manualClock());
      const tasks = start(store, taskFamilies, taskLabels, ({ finished }) => finished);
      const shown = start(resources, resourceFamilies, resourceLabels, () => false);
      const underWay: Promise<string>[] = [];
      store.setSources(sources({ a: ids.map((taskId) => member(taskId)) }));
      for (const [at, happens] of events.entries()) {
        const now = micros(noon + at * 1e6);
        const polled = "id" in happens && { key: `prod/${happens.id}` as const, at: now, runAt: now, nextTick: now };
        if (happens.what === "reload") {
          const origin = { collector: "c", labels: { team: happens.label } };
          const lists = ["a", "b", "c"].map((name, list) => [
            name,
            (happens.lists[list] ?? []).map((taskId) => member(taskId, { origin })),
          ]);
          store.setSources(sources(Object.fromEntries(lists)));
        } else if (happens.what === "clock set back") {
          store.clockSetBack({ now, step: micros(1e6), nextTick: () => now });
        } else if (happens.what === "scrape") await tasks.scrape(happens.gzip);
        else if (happens.what === "scrape meanwhile")
          underWay.push(tasks.scrape(happens.gzip), shown.scrape(happens.gzip));
        else if (polled && happens.what === "answer") {
          const { status, progress, ends, resource } = happens;
          const log = {
            ...{ id: happens.id, status, progress, startedAt: noon, operationType: "backup" },
            ...(ends && { endedAt: micros(noon + resource * 1e6 + 227_503_925) }),
            ...{ resourceId: `r-${resource}`, resourceName: `say "${resource}"\n` },
          };
          store.apply({ type: "answered", ...polled, log });
        } else if (polled && happens.what === "not_found") store.apply({ type: "not_found", ...polled, message: "no" });
        else if (polled && happens.what === "failed") {
          store.apply({ type: "failed", ...polled, failure: { reason: "network", message: "refused" } });
        } else if (polled && happens.what === "superseded") {
          store.apply({ type: "superseded", key: polled.key, superseded: happens.superseded });
        }
      }
      const [first, second] = await Promise.all([tasks.scrape(gzip), shown.scrape(gzip)]);
      expect(first).toBe(tasks.written(first));
      expect(second).toBe(shown.written(second));
      expect(await tasks.scrape(!gzip)).toBe(first);
      expect(await shown.scrape(!gzip)).toBe(second);
      await Promise.all(underWay);
    }),
    { numRuns: 100 },
  );
});
