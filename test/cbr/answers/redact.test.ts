import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "../../../src/cbr/answers/redact.ts";
import { anyCodePoint } from "../../support/any-code-point.ts";

const sk = "aDnwVlQdKZ9eYBYlyYOmq0pQ6nbk3EwAdjmxVnkT";

describe("what looks like a header or a key goes", () => {
  test.each([
    ["a header", "bad X-Auth-Token: abc", "bad X-Auth-Token: <redacted>"],
    ["a header in small letters, as a map", '{"x-auth-token":"abc"}', '{"x-auth-token":<redacted>'],
    ["a header whose value is on the next line", "X-Auth-Token:\nabc", "X-Auth-Token: <redacted>"],
    [
      "a header inside JSON inside JSON",
      String.raw`{\"X-Auth-Token\": \"abc\"}`,
      String.raw`{\"X-Auth-Token\": <redacted>`,
    ],
    ["a login's header", "Authorization: SDK-HMAC-SHA256 Access=AK, Signature=ff", "Authorization: <redacted>"],
    ["a proxy's header", "Proxy-Authorization: Basic dTpw", "Proxy-Authorization: <redacted>"],
    ["a cookie", "Cookie: session=abc", "Cookie: <redacted>"],
    ["a cookie that is set", "Set-Cookie: id=1; Path=/", "Set-Cookie: <redacted>"],
    ["a key in one word", "apikey=xyz", "apikey=<redacted>"],
    ["a key in two words", "api_key=xyz", "api_key=<redacted>"],
    ["an access key", "verify AK=HPUA01 failed", "verify AK=<redacted> failed"],
    ["a secret key", "sk: abc", "sk: <redacted>"],
    ["a token", "token=abc&limit=1", "token=<redacted>&limit=1"],
    ["a signature", "Signature=0011, host", "Signature=<redacted>, host"],
    ["a password", "password: hunter2", "password: <redacted>"],
    ["a password with blanks", '{"password": "my pass word", "user": "u"}', '{"password": <redacted>, "user": "u"}'],
    ["a password between apostrophes", "{'passwd': 'my, word'}", "{'passwd': <redacted>}"],
    ["a password whose quotes never end", 'password="my pass', "password=<redacted>"],
    ["a quote that does not end", "secret='abc", "secret=<redacted>"],
    ["a name around it", "my_client_secret_v=abc", "my_client_secret_v=<redacted>"],
    ["credentials in a URL", "via http://user:pass@proxy:3128/x", "via http://<redacted>@proxy:3128/x"],
    ["credentials with an @ in a URL", "via http://user:p@ss@proxy:3128", "via http://<redacted>@proxy:3128"],
    ["a bare secret key", `the key ${sk} is bad`, "the key <redacted> is bad"],
    ["a token's start", `decrypt MIIGoAYJKoZIhvcNAQcCoIIGkTCC failed`, "decrypt <redacted> failed"],
  ])("%s", (_, text, clean) => expect(redact(text)).toBe(clean));

  test("all headers of an echoed request", () => {
    const echo = `verify aksk signature fail, canonicalRequest:GET\n/v3/x/\n\nx-sdk-date:20260101T000000Z\nX-Project-Id:1\nX-Security-Token:${sk}`;
    expect(redact(echo)).toBe(
      "verify aksk signature fail, canonicalRequest:GET /v3/x/ x-sdk-date:<redacted> X-Project-Id:<redacted> X-Security-Token:<redacted>",
    );
  });
});

describe("what helps stays", () => {
  test.each([
    "Operation log does not exist.",
    "resource 1dab32fa-ebf2-415a-ab0b-eabe6353bc86 is locked",
    "request req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc failed",
    "project 04f1829c788037ac2fb8c01eb2b04b95 is frozen",
    "Incorrect IAM authentication information: decrypt token fail",
    "token expires, expires_at: 2026-01-01",
    "AK access failed to reach the limit,forbidden",
    "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second",
    "an_unusually_long_name_of_a_parameter is missing",
    "Internationalizations failed",
    "备份失败",
  ])("%s", (text) => expect(redact(text)).toBe(text));
});

test.each([
  ["line ends", "a\r\nb\nc", "a b c"],
  ["control characters", "a\u0000b\u001b[31mc\u0085d", "a b [31mc d"],
  ["line ends of Unicode", "a\u2028b\u2029c", "a b c"],
  ["marks that turn the direction of a text", "a\u202eb", "a b"],
  ["blanks at the ends", "  a  ", "a"],
  ["half a character", "a\ud800b", "a\ufffdb"],
  ["nothing", "", ""],
])("one line of visible characters: %s", (_, text, clean) => expect(redact(text)).toBe(clean));

test.each([
  ["200 characters stay", `${"a ".repeat(99)}ab`, `${"a ".repeat(99)}ab`],
  ["201 are cut", `${"a ".repeat(100)}b`, `${"a ".repeat(99)}a…`],
  ["never through the middle of a character", `${"a ".repeat(99)}😀😀`, `${"a ".repeat(99)}…`],
  ["no character before the cut goes", `😀${" a".repeat(200)}`, `😀${" a".repeat(98)} …`],
  ["what comes after ten thousand is not looked at", `token=${"a".repeat(20_000)} the end`, "token=<redacted>"],
])("%s", (_, text, clean) => expect(redact(text)).toBe(clean));

test("a text made to keep the process busy costs less than two seconds of the processor", () => {
  const start = process.cpuUsage();
  for (const part of ["token-", "x-", "a-", "a", "token ", "\\", "http://", "=", 'password="']) {
    redact(part.repeat(20_000));
  }
  const { user } = process.cpuUsage(start);
  expect(user / 1000).toBeLessThan(2_000);
});

/** What no other rule would keep: not the letters of an id alone, and not those of a word. */
const secret = fc
  .uint8Array({ minLength: 24, maxLength: 3000 })
  .map((bytes) => Buffer.from(bytes).toString("base64"))
  .filter((text) => /[A-Z]/.test(text) && /[0-9a-z]/.test(text));

/** Words that a message may be made of. */
const words = fc.stringMatching(/^[A-Za-z ,.]{0,60}$/);

test.each<[string, (before: string, secret: string, after: string) => string]>([
  ["after X-Auth-Token", (before, text, after) => `${before}\nX-Auth-Token: ${text}\n${after}`],
  ["as a JSON value", (before, text, after) => JSON.stringify({ message: before, token: text, after })],
  ["in the middle", (before, text, after) => `${before} ${text} ${after}`],
  ["in quotes", (before, text, after) => `${before}"${text}"${after}`],
])("a secret never survives %s", (_, build) => {
  fc.assert(
    fc.property(words, secret, words, (before, text, after) => {
      const clean = redact(build(before, text, after));
      // No twelve characters of it in a row.
      for (let at = 0; at + 12 <= text.length; at += 1) expect(clean).not.toContain(text.slice(at, at + 12));
    }),
    { numRuns: 60 },
  );
});

test("any text becomes one well-formed line of at most 200 characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCodePoint, maxLength: 1000 }), (text) => {
      const clean = redact(text);
      expect(clean.length).toBeLessThanOrEqual(200);
      expect(clean).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(clean.isWellFormed()).toBe(true);
    }),
  );
});
