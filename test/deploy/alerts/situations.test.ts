import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { projectRoot } from "../../program.ts";
import { scenarios } from "./scenarios/all.ts";
import { situationsTable } from "./situations.ts";

const docs = `${projectRoot}docs/alerting.md`;

test("the docs say who is told in each situation, and when, as the scenarios measured it (vitest -u writes it)", async () => {
  const [head = "", rest = ""] = readFileSync(docs, "utf8").split("<!-- situations -->\n");
  const [, tail = ""] = rest.split("<!-- /situations -->\n");
  const table = `<!-- situations -->\n\n${situationsTable(scenarios)}\n<!-- /situations -->\n`;
  await expect(head + table + tail).toMatchFileSnapshot(docs);
});

test("where nobody is told, the table says why", () => {
  const scenario = { name: "x", row: "nothing is told", until: 1 };
  expect(() => situationsTable([scenario])).toThrow('x: why is nobody told of "nothing is told"?');
});
