import { expect, test } from "vitest";
import { nearestKey } from "../../src/config/nearest-key.ts";

const known = ["id", "name", "rate_limit", "token_file", "collectors"];

test.each([
  ["nmae", "name"],
  ["ID", "id"],
  ["is", "id"],
  ["x", undefined],
  ["ratelimit", "rate_limit"],
  ["rateLimit", "rate_limit"],
  ["token-file", "token_file"],
  ["colectors", "collectors"],
  ["receivers", undefined],
  ["name".repeat(100), undefined],
])("nearestKey: %s", (word, nearest) => expect(nearestKey(word, known)).toBe(nearest));

test("nothing is near to nothing", () => expect(nearestKey("name", [])).toBeUndefined());
