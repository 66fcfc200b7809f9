import { AKSKSigner } from "@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { authorization, type SigningKey, sdkDate } from "../../../src/cbr/auth/sign.ts";
import { anyCodePoint } from "../../support/any-code-point.ts";

const key = { access: "AccessKey", secret: "SecretKey" };
const date = "20060102T150405Z";

test("the known answer", () => {
  const url = new URL("https://example.com/path?limit=1");
  expect(authorization({ method: "GET", url, headers: { "X-Sdk-Date": date } }, key, date)).toBe(
    "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=x-sdk-date, " +
      "Signature=5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624",
  );
});

test("the date is of whole seconds, in UTC", () => {
  expect(sdkDate(Date.UTC(2006, 0, 2, 15, 4, 5, 999))).toBe(date);
});

interface Request {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: object | undefined;
}

function ours({ method, segments, query, headers, data }: Request, by: SigningKey = key): string {
  const url = new URL(`https://cbr.example.com/${segments.map(encodeURIComponent).join("/")}`);
  for (const [name, value] of query) for (const one of [value].flat()) url.searchParams.append(name, one);
  const signed = { ...headers, "X-Sdk-Date": date, host: url.host };
  return authorization({ method, url, headers: signed, ...(data && { body: JSON.stringify(data) }) }, by, date);
}

/** The vendor's own; it signs the header `Host` whatever is asked of it. */
function vendors(request: Request, by: SigningKey = key, signer: typeof AKSKSigner = AKSKSigner): string {
  const { method, segments, query, headers, data } = request;
  const signed = signer.sign(
    {
      endpoint: `https://cbr.example.com/${segments.join("/")}`,
      method,
      // A copy, for it sorts the values in place.
      queryParams: Object.fromEntries(query.map(([name, value]) => [name, Array.isArray(value) ? [...value] : value])),
      headers: { ...headers, "X-Sdk-Date": date },
      ...(data && { data }),
    },
    { getAk: () => by.access, getSk: () => by.secret } as Parameters<typeof AKSKSigner.sign>[1],
  );
  return (signed as { readonly Authorization: string }).Authorization;
}

/** The vendor's, given the path as it is before any encoding, which `url.parse` does not let through. */
class UnencodedPath extends AKSKSigner {
  protected static override CanonicalURI(path = "/"): string | undefined {
    return AKSKSigner.CanonicalURI(decodeURIComponent(path));
  }
}

/** Any text but halves of characters, which no URL holds. */
const text = fc.string({ unit: anyCodePoint, maxLength: 8 });
const headerValue = fc.stringMatching(/^[!-~]{1,40}$/);
const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  query: fc.uniqueArray(fc.tuple(text, fc.oneof(text, fc.array(text, { maxLength: 4 }))), {
    selector: ([name]) => name,
    maxLength: 5,
  }),
  headers: fc.record({ "X-Project-Id": headerValue, "X-Security-Token": headerValue }, { requiredKeys: [] }),
  data: fc.option(fc.dictionary(text, text, { noNullPrototype: true }), { nil: undefined }),
});
const anyKey = fc.record({ access: headerValue, secret: text });
/** `.` and `..` are steps, not names, to a URL. */
const isName = (segment: string) => !/^\.{1,2}$/.test(segment);

describe("signs as the vendor's SDK does", () => {
  test("paths that need no encoding on the wire or are Unicode, and any query, headers, body and key", () => {
    const unit = fc.constantFrom(...Array.from("aZ09-._~!$&()*+,;=:@äßЖ漢字é\u00a0😀"));
    const segment = fc.string({ unit, maxLength: 8 }).filter(isName);
    const segments = fc.tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom("x", "ä")).map((all) => all.flat());
    fc.assert(
      fc.property(request, segments, anyKey, (rest, path, by) => {
        expect(ours({ ...rest, segments: path }, by)).toBe(vendors({ ...rest, segments: path }, by));
      }),
      { numRuns: 500 },
    );
  });

  test("any path, blanks, quotes and percent signs included, where the SDK is kept from encoding it twice", () => {
    // A slash within a segment is one that the SDK cannot tell from those between them.
    const segment = text.filter((name) => isName(name) && !name.includes("/"));
    fc.assert(
      fc.property(request, fc.array(segment, { maxLength: 4 }), (rest, segments) => {
        const encoded = segments.map(encodeURIComponent);
        expect(ours({ ...rest, segments })).toBe(vendors({ ...rest, segments: encoded }, key, UnencodedPath));
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, Request["query"]]>([
    ["none", []],
    ["an empty value", [["marker", ""]]],
    ["a repeated name, whose values are sorted", [["status", ["running", "failed", "", "Failed"]]]],
    ["names that sort otherwise once encoded", ["a", "a b", "a-", "~", "é"].map((name, n) => [name, `${n}`])],
    ["characters that only JavaScript takes for harmless", [["!'()*", "!'()*"]]],
  ])("a query with %s", (_, query) => {
    const one: Request = { method: "GET", segments: ["v3"], query, headers: {} };
    expect(ours(one)).toBe(vendors(one));
  });
});

describe("differs from the vendor's SDK on purpose", () => {
  test("in a path with a blank: the SDK encodes it a second time (%2520), while the gateway decodes it once", () => {
    const one: Request = { method: "GET", segments: ["a b"], query: [], headers: {} };
    expect(ours(one)).not.toBe(vendors(one));
    expect(ours({ ...one, segments: ["a%20b"] })).toBe(vendors(one));
  });

  test("in a header with blanks around its value: they are no part of it on the wire, so they are not signed", () => {
    const one = (value: string): Request => ({
      method: "GET",
      segments: [],
      query: [],
      headers: { "X-Project-Id": value },
    });
    expect(ours(one(" id "))).not.toBe(vendors(one(" id ")));
    expect(ours(one(" id "))).toBe(vendors(one("id")));
  });

  test("in naming as signed only what it is given: the SDK adds the header Host", () => {
    const url = new URL("https://cbr.example.com/v3");
    const headers = { "x-sdk-date": date };
    expect(authorization({ method: "get", url, headers }, key, date)).toContain("SignedHeaders=x-sdk-date,");
    expect(vendors({ method: "GET", segments: ["v3"], query: [], headers: {} })).toContain(
      "SignedHeaders=host;x-sdk-date,",
    );
  });
});
