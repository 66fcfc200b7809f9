import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../../src/base/secret.ts";

test("a secret shows itself to reveal() alone", () => {
  const secret = new Secret("hunter2");
  const shown = [`${secret}`, String(secret), JSON.stringify({ secret }), inspect({ secret }, { showHidden: true })];
  expect(shown.join()).not.toContain("hunter2");
  expect(shown[0]).toBe("<secret>");
  expect(secret.reveal()).toBe("hunter2");
});
