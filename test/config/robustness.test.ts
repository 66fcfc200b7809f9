// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { join } from "node:path";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { LoadResult } from "../../src/config/load-config.ts";
import { anyCodePoint } from "../support/any-code-point.ts";
import { cpuSeconds } from "../support/cpu.ts";
import { loadConfig, parseConfig } from "../support/load-config.ts";
import { put, tempFolder } from "./temp-folder.ts";

// Thousands of cases take long beside other work; a hang still ends.
vi.setConfig({ testTimeout: 300_000 });

const valid = `
x-labels: &shared { tier: gold, <<: { team: backup } }
projects:
  - &prod
    name: prod
    id: abc
    region: ap-southeast-1
    auth: { token: "MII+secret/value=" }
    rate_limit: 5
  - { <<: *prod, name: test, id: def }
collectors:
  - name: weekend
    project: prod
    schedule: "*/30 * * * * *"
    labels: &labels { team: storage }
    tasks:
      - 4827f2da-b008-4507-ab7d-42d0df5ed912
      - id: 0e5d0ef6-7f0a-4890-b98c-cb12490e31c1
        name: 'restore db'
        labels: { <<: [ *labels, *shared ] }
      - id: >-
          folded
`;

/** Each problem is one line that begins with the file's name. */
function expectLines(result: LoadResult, file: string): void {
  const lines = result.ok ? result.warnings : result.problems;
  if (!result.ok) expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line.startsWith(`${file}:`)).toBe(true);
    expect(line).not.toMatch(/[\r\n]/);
    expect(line).not.toContain("MII+secret/value=");
  }
}

const fragments = fc.constantFrom(
  ...[
    "${",
    "}",
    "*",
    "&a ",
    "*a",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\n",
    "\t",
    "'",
    '"',
    "|\n",
    ">\n",
    "!!int ",
    "<<: ",
    "<<: *labels",
    "<<: [ *shared, *prod ]",
    "x-",
    "? ",
  ],
  ...[
    "---\n",
    "...\n",
    "#",
    "@",
    "`",
    "%",
    "\\",
    "\0",
    "\ufeff",
    "\r",
    "\u2028",
    "\ud800",
    "__proto__: ",
    "constructor: ",
    "${A}",
    "$$",
  ],
);

test("any text as a configuration", async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: anyCodePoint }),
    fc.array(fragments, { maxLength: 40 }).map((all) => all.join("")),
  );
  await fc.assert(
    fc.asyncProperty(text, async (content) =>
      expectLines(await parseConfig({ text: content, file: "c.yaml", env: {} }), "c.yaml"),
    ),
    { numRuns: 1500 },
  );
});

test("a good configuration with anything cut, put in, or doubled", async () => {
  const place = fc.nat(valid.length);
  const edit = fc.tuple(place, fc.nat(20), fc.oneof(fragments, fc.string({ maxLength: 5 }), fc.constant("")));
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      let text = valid;
      for (const [at, cut, put] of edits) text = text.slice(0, at) + put + text.slice(at + cut);
      expectLines(await parseConfig({ text, file: "c.yaml", env: { A: "1" } }), "c.yaml");
    }),
    { numRuns: 1500 },
  );
});

test("any bytes as a file", async () => {
  const file = join(await tempFolder(), "c.yaml");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      await put(file, bytes);
      expectLines(await loadConfig({ file, env: {} }), file);
    }),
    { numRuns: 200 },
  );
});

test("ids given unquoted come back as the very characters", async () => {
  const id = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    fc.stringMatching(/^[0-9e_x.]{1,20}$/).map((t) => t.replaceAll(".", "0")),
  );
  await fc.assert(
    fc.asyncProperty(id, async (text) => {
      // These begin a list item or a document in YAML.
      fc.pre(text !== "-" && text !== "---");
      const config = valid.replace("abc", text).replace("4827f2da-b008-4507-ab7d-42d0df5ed912", text);
      const result = await parseConfig({ text: config, file: "c.yaml", env: {} });
      expect(result).toMatchObject({
        ok: true,
        config: { projects: [{ id: text }, {}], collectors: [{ tasks: [{ id: text }, {}, {}] }] },
      });
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["brackets", "[".repeat(100_000)],
  ["dashes", "- ".repeat(100_000)],
  ["question marks", "? ".repeat(100_000)],
  ["braces", "{a: ".repeat(100_000)],
  ["closing brackets", "]".repeat(1_000_000)],
  ["documents", "---\n".repeat(200_000)],
  ["keys", Array.from({ length: 20_000 }, (_, i) => `k${i}: v`).join("\n")],
  ["one key", "k: v\n".repeat(20_000)],
  ["stars", `a:\n${"  - */5 * *\n".repeat(3000)}`],
  ["variables", `a: [${"${A},".repeat(3000)}]`],
  ["escapes", `a: "${"\\q".repeat(20_000)}"`],
  ["scalars with escapes", "- @a\n".repeat(3000)],
  ["tags", "!!a ".repeat(50_000)],
  ["empty lines", `a:${"\n".repeat(200_000)}`],
  ["escapes in one value of 10 MB", `a: "${"\\q".repeat(5_000_000)}"`],
  ["a long line", `a: *b ${"x ".repeat(200_000)}`],
])("many %s end in one list of problems soon", async (_, text) => {
  const seconds = await cpuSeconds(async () => {
    expectLines(await parseConfig({ text, file: "c.yaml", env: {} }), "c.yaml");
  });
  expect(seconds).toBeLessThan(10);
});
