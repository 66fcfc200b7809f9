import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { timelineTask } from "../src/simulator/tasks/timeline-task.ts";
import { collectorConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { openLiveExporter } from "./support/live-exporter.ts";

const hour = 3600;
const numbered = (count: number) => Array.from({ length: count }, (_, at) => String(at).padStart(3, "0"));

const ended = numbered(900).map((number) =>
  timelineTask({ id: `ended-${number}`, outcome: "success", life: { ago: 20 * hour, wait: 10, run: 600 } }),
);
const ends = numbered(90).map((number) =>
  timelineTask({ id: `ends-${number}`, outcome: "success", life: { wait: 10, run: (1 + Number(number) / 4) * hour } }),
);
const runs = numbered(10).map((number) =>
  timelineTask({ id: `runs-${number}`, outcome: "success", life: { wait: 10, run: 100 * hour } }),
);

// Counters instead of clocks: what a day of many finished and few running tasks costs, the same on every machine.
test("a day costs the requests and the text that its changes need, and no more", { timeout: 120_000 }, async () => {
  let [pieces, written, compressed] = [0, 0, 0];
  const exporter = await openLiveExporter({
    simulator: { tasks: [...ended, ...ends, ...runs] },
    scrapes: {
      wrote(bytes) {
        pieces += 1;
        written += bytes;
      },
      compressed(bytes) {
        compressed += bytes;
      },
    },
  });
  const { simulator, clock, exposition } = exporter;
  const ids = [...ended, ...ends, ...runs].map(({ id }) => id);
  await exporter.reload({
    projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY })],
    collectors: [collectorConfig({ schedule: "*/10 * * * *", tasks: taskConfigs(...ids) })],
  });
  const scrape = async (): Promise<Buffer> => gunzipSync(Buffer.concat((await exposition.body("text", "gzip")).chunks));
  const whole = (await scrape()).byteLength;
  const [firstPieces, firstWritten] = [pieces, written];
  [pieces, written, compressed] = [0, 0, 0];
  let requests = exporter.asked().split(" ").length;
  expect(requests).toBe(1_000);
  // All of it, and no more; the rest is what prom-client keeps.
  expect(firstWritten).toBeLessThan(whole);
  expect(firstPieces).toBeLessThan(8 * 45);

  let scrapes = 0;
  requests = 0;
  for (let minute = 5; minute <= 24 * 60; minute += 5) {
    await clock.advance(5 * 60_000);
    requests += exporter.asked().split(" ").filter(Boolean).length;
    await scrape();
    scrapes += 1;
  }
  expect(scrapes).toBe(288);
  // Each unfinished task once a run: 10 that run all day, and 90 of which one ends every quarter of an hour.
  expect(requests).toBe(144 * 10 + ends.reduce((sum, _, at) => sum + Math.ceil((1 + at / 4) * 6 + 10 / 600), 0));
  // A run changes a few families of the block in which the running tasks lie, an end both blocks between which the task
  // moves; every other scrape finds nothing changed. Measured: 2 776 pieces, 16.8 MB, of 288 scrapes of 1.6 MB.
  expect(pieces).toBeLessThan(3_000);
  expect(written).toBeLessThan(18e6);
  // What prom-client keeps is compressed with each scrape.
  expect(compressed - written).toBeLessThan(scrapes * 25_000);
});
