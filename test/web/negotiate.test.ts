import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentTypes, negotiateEncoding, negotiateFormat } from "../../src/web/negotiate.ts";

const prometheus242 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const prometheus253 =
  "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const prometheus253Protobuf =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
const prometheus3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const prometheus3Protobuf =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const prometheus3TextOnly =
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const chrome =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
const firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

describe("format", () => {
  test.each<[string, string | undefined, "text" | "openmetrics"]>([
    ["no header", undefined, "text"],
    ["an empty one", "", "text"],
    ["Prometheus 2.42", prometheus242, "openmetrics"],
    ["Prometheus 2.53", prometheus253, "openmetrics"],
    ["Prometheus 2.53 with native histograms", prometheus253Protobuf, "openmetrics"],
    ["Prometheus 3", prometheus3, "openmetrics"],
    ["Prometheus 3 with native histograms", prometheus3Protobuf, "openmetrics"],
    ["Prometheus 3 told to take text only", prometheus3TextOnly, "text"],
    [
      "escaping with spaces around",
      "application/openmetrics-text; version=1.0.0; escaping=underscores ; q=0.6",
      "openmetrics",
    ],
    [
      "escaping in quotes",
      'application/openmetrics-text;version=1.0.0;escaping="allow-utf-8";q=0.6,*/*;q=0.1',
      "openmetrics",
    ],
    ["Chrome", chrome, "text"],
    ["Firefox", firefox, "text"],
    ["curl", "*/*", "text"],
    ["any text", "text/*", "text"],
    ["any application", "application/*", "openmetrics"],
    ["OpenMetrics without a version", "application/openmetrics-text", "openmetrics"],
    ["OpenMetrics in capitals", "Application/OpenMetrics-Text; Version=1.0.0", "openmetrics"],
    ["OpenMetrics with its charset", "application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"],
    ["an older OpenMetrics alone", "application/openmetrics-text;version=0.0.1", "text"],
    ["OpenMetrics refused", "application/openmetrics-text;q=0, */*", "text"],
    ["text refused", "text/plain;q=0, */*;q=0.5", "openmetrics"],
    ["both refused", "text/plain;q=0, application/openmetrics-text;q=0", "text"],
    ["text preferred", "text/plain;version=0.0.4;q=0.9, application/openmetrics-text;version=1.0.0;q=0.8", "text"],
    ["text first of equals", "text/plain, application/openmetrics-text", "text"],
    ["OpenMetrics first of equals", "application/openmetrics-text;version=1.0.0, text/plain", "openmetrics"],
    ["OpenMetrics named, anything else welcome", "*/*, application/openmetrics-text", "openmetrics"],
    ["neither", "application/json", "text"],
    ["protobuf alone", "application/vnd.google.protobuf", "text"],
    ["no media type", "gibberish", "text"],
    ["separators alone", ",;,;=,", "text"],
    ["an open quote", 'text/plain;version="', "text"],
    ["a q that is no number", "application/openmetrics-text;q=much", "text"],
    ["very long", `${"text/html,".repeat(1_500)}application/openmetrics-text;version=1.0.0`, "openmetrics"],
    ["very long garbage", ";escaping=".repeat(1_600), "text"],
  ])("%s", (_, accept, format) => expect(negotiateFormat(accept)).toBe(format));

  test("the content types are those that Prometheus knows", () => {
    expect(contentTypes).toEqual({
      text: "text/plain; version=0.0.4; charset=utf-8",
      openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
    });
  });
});

describe("encoding", () => {
  test.each<[string, string | undefined, "identity" | "gzip"]>([
    ["no header", undefined, "identity"],
    ["an empty one", "", "identity"],
    ["Prometheus", "gzip", "gzip"],
    ["capitals", "GZIP", "gzip"],
    ["browsers", "gzip, deflate, br, zstd", "gzip"],
    ["brotli first", "br, gzip", "gzip"],
    ["refused", "gzip;q=0", "identity"],
    ["refused, anything else welcome", "gzip;q=0, *", "identity"],
    ["anything", "*", "gzip"],
    ["nothing plain", "identity;q=0", "identity"],
    ["nothing plain, but anything", "identity;q=0, *", "gzip"],
    ["plain alone", "identity", "identity"],
    ["plain preferred", "identity, gzip;q=0.5", "identity"],
    ["gzip preferred", "gzip;q=0.9, identity;q=0.5", "gzip"],
    ["only what there is not", "br, zstd", "identity"],
    ["everything refused", "*;q=0", "identity"],
    ["garbage", ",;=,;q", "identity"],
    ["a word that contains it", "xgzip", "identity"],
    ["very long", `${"br,".repeat(5_000)}gzip`, "gzip"],
  ])("%s", (_, accepted, encoding) => expect(negotiateEncoding(accepted)).toBe(encoding));
});

test("no header whatever makes it throw", () => {
  const piece = fc.constantFrom(
    "text/plain",
    "*/*",
    "gzip",
    ";",
    ",",
    "=",
    "q",
    "q=0",
    "q=1e9",
    '"',
    "\\",
    " ",
    "escaping=",
  );
  const header = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(header, (value) => {
      expect(["text", "openmetrics"]).toContain(negotiateFormat(value));
      expect(["identity", "gzip"]).toContain(negotiateEncoding(value));
    }),
    { numRuns: 1_000 },
  );
});
