import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExempt, proxyFor } from "../../../src/cbr/transport/proxy.ts";
import { noProxyCases } from "../../support/no-proxy-cases.ts";

const proxyOf = (url: string, env: Record<string, string>): string | undefined => proxyFor(new URL(url), env)?.href;

test.each([
  ["https by HTTPS_PROXY", "https://a.test", { HTTPS_PROXY: "http://p.test:1" }, "http://p.test:1/"],
  ["http by HTTP_PROXY", "http://a.test", { HTTP_PROXY: "http://p.test:1" }, "http://p.test:1/"],
  ["https never by HTTP_PROXY", "https://a.test", { HTTP_PROXY: "http://p.test:1", http_proxy: "p.test" }, undefined],
  ["http never by HTTPS_PROXY", "http://a.test", { HTTPS_PROXY: "http://p.test:1", https_proxy: "p.test" }, undefined],
  ["lower case comes first", "https://a.test", { HTTPS_PROXY: "u.test", https_proxy: "l.test" }, "http://l.test/"],
  ["unless it is empty", "https://a.test", { HTTPS_PROXY: "u.test", https_proxy: "" }, "http://u.test/"],
  ["none by none", "https://a.test", { HTTPS_PROXY: "", ALL_PROXY: "http://p.test:1" }, undefined],
  ["a host and port", "https://a.test", { HTTPS_PROXY: "p.test:3128" }, "http://p.test:3128/"],
  ["an address and port", "https://a.test", { HTTPS_PROXY: "[::1]:3128" }, "http://[::1]:3128/"],
  ["a login without scheme", "https://a.test", { HTTPS_PROXY: "u:p@p.test:1/" }, "http://u:p@p.test:1/"],
  ["an https proxy", "https://a.test", { HTTPS_PROXY: "https://p.test" }, "https://p.test/"],
  [
    "no_proxy before NO_PROXY",
    "https://a.test",
    { HTTPS_PROXY: "p.test", NO_PROXY: "*", no_proxy: "b" },
    "http://p.test/",
  ],
  ["an empty no_proxy is none", "https://a.test", { HTTPS_PROXY: "p.test", NO_PROXY: "*", no_proxy: "" }, undefined],
])("%s", (_, url, env: Record<string, string>, proxy) => {
  expect(proxyOf(url, env)).toBe(proxy);
});

test.each(noProxyCases)("NO_PROXY=$noProxy: $host directly: $direct", ({ noProxy, host, direct }) => {
  const env = { http_proxy: "http://p.test:1", no_proxy: noProxy };
  expect(proxyOf(`http://${host}/`, env)).toBe(direct ? undefined : "http://p.test:1/");
});

test.each([
  ["a.test:443", "https://a.test", true],
  ["a.test:80", "https://a.test", false],
  ["a.test:8443", "https://a.test:8443", true],
])("the port of NO_PROXY=%s is that of %s, the scheme's own too: %s", (noProxy, url, exempt) => {
  expect(isExempt(new URL(url), noProxy)).toBe(exempt);
});

describe("any NO_PROXY", () => {
  const entry = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(fc.ipV4(), fc.nat(40)).map(([address, bits]) => `${address}/${bits}`),
    fc.string({ maxLength: 12 }).map((text) => text.replaceAll("*", "x")),
  );
  const list = fc.array(entry, { maxLength: 5 }).map((entries) => entries.join(","));
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  const url = host.filter((name) => URL.canParse(`https://${name}`)).map((name) => new URL(`https://${name}`));

  test("is read without a throw, and one entry more never takes away an exemption", () => {
    fc.assert(
      fc.property(url, list, entry, (at, before, more) => {
        if (isExempt(at, before)) expect(isExempt(at, `${more},${before}`)).toBe(true);
        expect(isExempt(at, `${before}, *`)).toBe(true);
      }),
    );
  });

  test("exempts the host that it names, however it is written", () => {
    fc.assert(
      fc.property(url, list, fc.constantFrom(",", " ", " , "), (at, others, comma) => {
        const { hostname } = at;
        const spellings = [hostname, hostname.toUpperCase(), `${hostname}:443`, hostname.replace(/^\[|\]$/g, "")];
        for (const spelling of spellings) expect(isExempt(at, `${others}${comma}${spelling}`)).toBe(true);
      }),
    );
  });

  test("exempts of a block of IPv4 what the bits say", () => {
    const toNumber = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (block, address, bits) => {
        const size = 2 ** (32 - bits);
        const isWithin = Math.floor(toNumber(block) / size) === Math.floor(toNumber(address) / size);
        expect(isExempt(new URL(`http://${address}`), `${block}/${bits}`)).toBe(isWithin);
      }),
    );
  });

  test("exempts of a block of IPv6 too, and of IPv4 as IPv6 writes it", () => {
    expect(isExempt(new URL("http://[2001:db8::1:5]"), "2001:db8::1:0/112")).toBe(true);
    expect(isExempt(new URL("http://[2001:db8::2:5]"), "2001:db8::1:0/112")).toBe(false);
    expect(isExempt(new URL("http://[::ffff:10.0.0.1]"), "10.0.0.0/8")).toBe(true);
  });
});
