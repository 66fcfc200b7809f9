import { expect, test } from "vitest";
import { faultBook } from "../../src/simulator/fault-book.ts";

const kinds = (book: ReturnType<typeof faultBook>, id: string, n: number) =>
  Array.from({ length: n }, () => book.strike(id)?.kind ?? "-").join(" ");

test("a fault stays until it is healed", () => {
  const book = faultBook();
  book.set("a", { kind: "hang" });
  expect(kinds(book, "a", 3)).toBe("hang hang hang");
  expect(kinds(book, "b", 1)).toBe("-");
  book.set("a", undefined);
  expect(kinds(book, "a", 1)).toBe("-");
});

test("times heals, every lets the others through, and both work together", () => {
  const book = faultBook();
  book.set("a", { kind: "cut", times: 2 });
  expect(kinds(book, "a", 4)).toBe("cut cut - -");
  book.set("a", { kind: "cut", every: 3 });
  expect(kinds(book, "a", 7)).toBe("- - cut - - cut -");
  book.set("a", { kind: "cut", every: 2, times: 1 });
  expect(kinds(book, "a", 5)).toBe("- cut - - -");
});

test("a task's own fault comes before everybody's, which strikes when the own one does not", () => {
  const book = faultBook();
  book.set("*", { kind: "html" });
  book.set("a", { kind: "cut", every: 2 });
  expect(kinds(book, "a", 4)).toBe("html cut html cut");
  expect(kinds(book, "b", 1)).toBe("html");
  expect(book.all()).toEqual({ "*": { kind: "html" }, a: { kind: "cut", every: 2 } });
});

test("the book has an end", () => {
  const book = faultBook();
  for (let n = 0; n < 100_000; n++) book.set(`t-${n}`, { kind: "cut" });
  expect(book.set("one more", { kind: "cut" })).toBe(false);
  expect(book.set("t-1", { kind: "hang" })).toBe(true);
  expect(book.set("t-2", undefined)).toBe(true);
  expect(book.set("one more", { kind: "cut" })).toBe(true);
});
