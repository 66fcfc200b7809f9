import { expect, test } from "vitest";
import { projectRoot } from "../program.ts";
import { configurationDocument, configurationSchema } from "./configuration-page.ts";

test("docs/configuration.md says what the readers read; npm run docs writes it anew", async () => {
  await expect(configurationDocument()).toMatchFileSnapshot(`${projectRoot}docs/configuration.md`);
});

test("so does config.schema.json", async () => {
  const text = `${JSON.stringify(configurationSchema(), undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`${projectRoot}config.schema.json`);
});
