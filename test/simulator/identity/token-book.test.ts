import { expect, test } from "vitest";
import { tokenBook } from "../../../src/simulator/identity/token-book.ts";

const user = { domain: "d", user: "u" };

test("tokens are all different, as long as asked, and the oldest are forgotten", () => {
  const book = tokenBook({ lifeSeconds: 60, bytes: 64, now: () => 0, limit: 2 });
  const [a, b, c] = [book.issue(user).text, book.issue(user).text, book.issue(user).text];
  expect(new Set([a, b, c, ""]).size).toBe(4);
  expect([a, b, c].map((text) => [text.length, book.look(text).is])).toEqual([
    [64, "unknown"],
    [64, "valid"],
    [64, "valid"],
  ]);
});

test("a token is never so short that it could be guessed", () => {
  expect(tokenBook({ lifeSeconds: 60, bytes: 0, now: () => 0 }).issue(user).text).toHaveLength(50);
});
