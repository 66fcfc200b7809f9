import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { promqlOf } from "../docs/snippets.ts";
import { addressOf, type Program, projectRoot, startProgram } from "../program.ts";
import { type Prometheus, result, scrapeWarnings, startPrometheus } from "./prometheus.ts";
import { promtoolCheck, tool } from "./tools.ts";

let program: Program;
let base: string;
let prometheus: Prometheus;

beforeAll(async () => {
  program = startProgram(["--demo", "--web.listen-address=127.0.0.1:0"]);
  base = await addressOf(program);
  prometheus = await startPrometheus(new URL(base).host);
});

afterAll(async () => {
  await prometheus?.stop();
  program?.process.kill();
  await program?.exited;
});

async function scrape(): Promise<string> {
  return (await fetch(`${base}/metrics`)).text();
}

const statuses = ["success", "skipped", "failed", "running", "timeout", "waiting", "unknown"];

test("within 30 s every status is there, and progress moves", async () => {
  await expect
    .poll(
      async () => {
        const text = await scrape();
        return statuses.filter((status) => new RegExp(`^cbr_task_status\\{.*status="${status}"\\} 1$`, "m").test(text));
      },
      { timeout: 30_000, interval: 500 },
    )
    .toEqual(statuses);
  const progress = (text: string) => text.split("\n").filter((line) => line.startsWith("cbr_task_progress_ratio{"));
  const before = progress(await scrape());
  await expect.poll(async () => progress(await scrape()), { timeout: 20_000 }).not.toEqual(before);
});

test("promtool has nothing to say about a scrape", async () => {
  expect(promtoolCheck(await scrape())).toBe("");
});

test("promtool would say something about a bad one", () => {
  expect(promtoolCheck("# TYPE x_total gauge\nx_total 1\n")).not.toBe("");
});

test("a real Prometheus scrapes it, sees the failed task, and warns about nothing", async () => {
  const failed = await result(prometheus, 'cbr_task_status{status="failed"} == 1');
  expect(failed.map(({ value }) => value[1])).toContain("1");
  expect(await result(prometheus, 'up{job="cbr"} == 1')).toHaveLength(1);
  expect(
    await result(prometheus, 'cbr_task_duration_seconds{task_id="4827f2da-b008-4507-ab7d-42d0df5ed912"} == 227.503925'),
  ).toHaveLength(1);
  expect(scrapeWarnings(prometheus)).toEqual([]);
});

test.each(promqlOf(readFileSync(`${projectRoot}README.md`, "utf8")))(
  "README's query has a result: %s",
  async (query) => {
    expect((await result(prometheus, query)).length).toBeGreaterThan(0);
  },
);

test("a browser shows the page, without an error and without asking anybody else", async () => {
  const browser = await chromium.launch({
    executablePath: tool("chromium"),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
  });
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => {
      // Chromium looks for an icon where a page cannot name one, as plain text cannot.
      const isIconOfText = page.url() === `${base}/metrics` && message.location().url === `${base}/favicon.ico`;
      if (message.type() === "error" && !isIconOfText) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${base}/`);
    expect(await page.title()).toBe("cbr-exporter");
    const rowsOf = (heading: string) => page.locator(`h2:has-text("${heading}") ~ div`).first().locator("tbody tr");
    // Those that are listed, and last night's of the fleet, without the one that was missed, with the one that was repeated.
    expect(await rowsOf("tasks").count()).toBe(15 + 8 - 1 + 1);
    expect(await rowsOf("tasks").locator(".status").first().textContent()).toBe("failed");
    expect(await rowsOf("resources").filter({ hasText: "fleet-01" }).count()).toBe(8);
    expect(problems).toEqual([]);
    await page.getByRole("link", { name: "Metrics" }).click();
    expect(page.url()).toBe(`${base}/metrics`);
    expect(problems).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(base))).toEqual([]);
  } finally {
    await browser.close();
  }
});
