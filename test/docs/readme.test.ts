import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../program.ts";
import { loadConfig } from "../support/load-config.ts";
import { metricsDocument } from "./metrics-table.ts";
import { fenced, promqlOf } from "./snippets.ts";

const pages = [
  ...readdirSync(projectRoot).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(projectRoot, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const text = (page: string): string => readFileSync(join(projectRoot, page), "utf8");
const readme = text("README.md");

test("the README opens with a picture, the command that runs the demo and the one that runs the tests", () => {
  expect(readme.indexOf("![")).toBeLessThan(1_000);
  expect(fenced(readme, "sh").slice(0, 2)).toEqual(["npm ci && npm run demo\n", "npm ci && npm test\n"]);
});

test("the README's configuration loads", async () => {
  const [block = ""] = [...readme.matchAll(/^ {3}```yaml\n(.*?)^ {3}```$/gms)].map(([, inner = ""]) => inner);
  const folder = mkdtempSync(join(tmpdir(), "cbr-readme-"));
  writeFileSync(join(folder, "config.yaml"), block.replace(/^ {3}/gm, ""));
  writeFileSync(join(folder, "token"), "a-token\n");
  const loaded = await loadConfig({ file: join(folder, "config.yaml"), env: {} });
  expect(loaded).toMatchObject({ ok: true, warnings: [] });
});

test("every login of docs/authentication.md loads", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cbr-logins-"));
  const logins = fenced(text("docs/authentication.md"), "yaml");
  expect(logins).toHaveLength(6);
  writeFileSync(join(folder, "secret"), "a-secret\n");
  const names = ["HW_ACCESS_KEY", "HW_SECRET_KEY", "OS_USER_DOMAIN_NAME", "OS_USERNAME", "OS_PASSWORD"];
  const env = Object.fromEntries(names.map((name) => [name, "value"]));
  for (const login of logins) {
    const auth = login.replace(/\/run\/secrets\/[a-z-]+/g, join(folder, "secret")).replace(/^/gm, "    ");
    const project = "projects:\n  - name: p\n    id: abc\n    region: ap-southeast-1\n";
    writeFileSync(join(folder, "config.yaml"), `${project}${auth}\ncollectors: []\n`);
    expect(await loadConfig({ file: join(folder, "config.yaml"), env })).toMatchObject({ ok: true });
  }
});

test("the README has five queries", () => {
  expect(promqlOf(readme)).toHaveLength(5);
});

describe.each(pages)("%s", (page) => {
  test("links to files that are there", () => {
    const links = [...text(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
    const missing = links.filter(
      (link) => !link.includes("://") && !existsSync(join(projectRoot, dirname(page), link)),
    );
    expect(missing).toEqual([]);
  });

  test("names npm scripts and metrics that exist", () => {
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    const named = [
      ...text(page).matchAll(
        /npm (?:run )?(?:--silent )?(build|demo|simulator|start|test(?::e2e)?|lint|format|typecheck|knip|docs|bench)\b/g,
      ),
    ];
    for (const [, script = ""] of named) expect(scripts).toHaveProperty([script]);
    for (const [, script = ""] of text(page).matchAll(/npm run ([a-z0-9:-]+)/g))
      expect(scripts).toHaveProperty([script]);
    const families = metricsDocument();
    for (const [name] of text(page).matchAll(/\bcbr_[a-z_]+[a-z]\b/g)) expect(families).toContain(`\`${name}\``);
  });
});
