import { expect, test } from "vitest";
import { formatAddress, parseListenAddress } from "../../src/web/listen-address.ts";

test.each([
  [":10035", { port: 10_035 }],
  [":0", { port: 0 }],
  [":65535", { port: 65_535 }],
  ["127.0.0.1:9100", { host: "127.0.0.1", port: 9100 }],
  ["localhost:1", { host: "localhost", port: 1 }],
  ["my-host.example.com:80", { host: "my-host.example.com", port: 80 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["[::]:9100", { host: "::", port: 9100 }],
  ["[fe80::1%eth0]:9100", { host: "fe80::1%eth0", port: 9100 }],
  ["[::ffff:127.0.0.1]:9100", { host: "::ffff:127.0.0.1", port: 9100 }],
  [":00080", { port: 80 }],
])("%s", (text, address) => expect(parseListenAddress(text)).toEqual(address));

test.each([
  ...["", ":", "10035", "host", "host:", ":65536", ":123456", ":-1", ":+1", ":1.5", ":1e3", ":0x10", ": 80", ":80 "],
  ...["::1:80", "::1", "[::1]", "[]:80", "[::1]80", "[host/x]:80", "http://host:80", "a b:80", "host:80:90", "a/b:80"],
  ":80\n",
])("%j is none", (text) => expect(parseListenAddress(text)).toBeUndefined());

test.each([
  ["127.0.0.1", 80, "127.0.0.1:80"],
  ["::1", 80, "[::1]:80"],
  ["", 80, ":80"],
])("formatAddress: %s and %d", (host, port, text) => expect(formatAddress(host, port)).toBe(text));
