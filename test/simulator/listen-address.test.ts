import { expect, test } from "vitest";
import { listenAddress } from "../../src/simulator/listen-address.ts";

test.each([
  [":8080", { host: "", port: 8080 }],
  ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["localhost:65535", { host: "localhost", port: 65_535 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  ["::1:80", undefined],
  ["localhost", undefined],
  ["localhost:65536", undefined],
  ["http://localhost:80", undefined],
  ["", undefined],
])("listenAddress: %s", (text, address) => expect(listenAddress(text)).toEqual(address));
