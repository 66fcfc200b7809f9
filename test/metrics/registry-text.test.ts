import { Counter, collectDefaultMetrics, Gauge, Registry, Summary } from "prom-client";
import { expect, test } from "vitest";
import { readFamilies } from "./read-exposition.ts";
import { registryTexts } from "./support.ts";

function registryWith(fill: (registers: Registry[]) => void): Registry {
  const registry = new Registry();
  fill([registry]);
  return registry;
}

test("the event loop's minimal lag is left out while it is the 292 years of an empty histogram", async () => {
  const lag = (value: number) =>
    registryTexts(
      registryWith((registers) => {
        new Gauge({ name: "nodejs_eventloop_lag_min_seconds", help: "h", registers }).set(value);
      }),
    );
  expect((await lag(9223372036.854776)).text).toBe("");
  expect((await lag(0.01)).text).toContain("nodejs_eventloop_lag_min_seconds 0.01\n");
});

test("gauges: NaN is left out, so is a name in _total, an empty one still says what it is", async () => {
  const { text, openmetrics } = await registryTexts(
    registryWith((registers) => {
      new Gauge({ name: "x_nan", help: "h", registers }).set(Number.NaN);
      new Gauge({ name: "x_total", help: "h", registers }).set(1);
      const some = new Gauge({ name: "x_some", help: "h", labelNames: ["a"], registers });
      some.set({ a: "1" }, Number.NaN);
      some.set({ a: "2" }, Number.POSITIVE_INFINITY);
      new Gauge({ name: "x_empty", help: "h", labelNames: ["a"], registers });
      new Gauge({ name: "x_plain", help: "h", registers }).set(-1.5);
    }),
  );
  expect(text).toBe(openmetrics);
  expect(text).toBe(
    '# HELP x_some h\n# TYPE x_some gauge\nx_some{a="2"} +Inf\n' +
      "# HELP x_empty h\n# TYPE x_empty gauge\n" +
      "# HELP x_plain h\n# TYPE x_plain gauge\nx_plain -1.5\n",
  );
});

test("a summary keeps its quantiles", async () => {
  const { text } = await registryTexts(
    registryWith((registers) => {
      new Summary({ name: "x_summary", help: "h", percentiles: [0.5], registers }).observe(2);
    }),
  );
  expect(text).toContain('x_summary{quantile="0.5"} 2\nx_summary_sum 2\nx_summary_count 1\n');
});

test("either text is the same each time, whatever was asked for before", async () => {
  const registry = registryWith((registers) => {
    new Counter({ name: "x_total", help: "h", registers }).inc();
  });
  const first = await registryTexts(registry);
  await registry.metrics();
  expect(await registryTexts(registry)).toEqual(first);
  expect(first.text).toContain("# TYPE x_total counter\nx_total 1\n");
  expect(first.openmetrics).toContain("# TYPE x counter\nx_total 1\n");
});

test("prom-client's defaults: nothing that promtool refuses, no NaN, HELP that both formats write alike", async () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { text, openmetrics } = await registryTexts(registry);
  const families = readFamilies(text);
  expect(text).not.toMatch(/ NaN$/m);
  for (const { name, help, type } of families.values()) {
    expect(name).toMatch(/^(process|nodejs)_/);
    expect(help).not.toMatch(/["\\]/);
    if (name.endsWith("_total")) expect(type).toBe("counter");
  }
  expect(families.has("process_cpu_seconds_total")).toBe(true);
  const shortened = [...families.keys()].map((name) => name.replace(/_total$/, ""));
  expect([...readFamilies(openmetrics).keys()]).toEqual(shortened);
});

test("a collect that throws fails the text, and does not hang", async () => {
  const registry = registryWith((registers) => {
    const collect = (): void => {
      throw new Error("broken");
    };
    new Gauge({ name: "x", help: "h", registers, collect });
  });
  await expect(registryTexts(registry)).rejects.toThrow("broken");
});
