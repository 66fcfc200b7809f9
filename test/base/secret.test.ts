import { inspect, isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { createSecret, reveal } from "../../src/base/secret.ts";

test("a secret shows itself to reveal() alone", () => {
  const secret = createSecret("hunter2 密码");
  const shown = [`${secret}`, String(secret), JSON.stringify({ secret }), inspect({ secret }, { showHidden: true })];
  expect(shown.join()).not.toMatch(/hunter2|密码/);
  expect(reveal(secret)).toBe("hunter2 密码");
});

test("secrets are alike when their texts are, and cross to a worker", () => {
  const config = (text: string) => ({ name: "a", token: createSecret(text) });
  expect(isDeepStrictEqual(config("hunter2"), config("hunter2"))).toBe(true);
  expect(isDeepStrictEqual(config("hunter2"), config("hunter3"))).toBe(false);
  expect(reveal(structuredClone(config("hunter2")).token)).toBe("hunter2");
});
