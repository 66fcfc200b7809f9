import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import { projectFamilies, projectLabels } from "../../../src/metrics/families/project.ts";
import { recordsText } from "../../../src/metrics/family-text.ts";
import { readFamilies } from "../read-exposition.ts";
import { noon, sampleLines } from "../support.ts";

const unknown = { up: undefined, lastRequestAt: undefined, skewMs: undefined, method: "token", expiresAt: undefined };
const textOf = (...projects: Parameters<typeof projectLabels>) =>
  recordsText(projects, projectFamilies, projectLabels, "text");

test("what is not known is absent, its family is not", () => {
  const families = readFamilies(textOf({ ...unknown, project: "p" }));
  expect([...families.values()].map(({ name, type, samples }) => [name, type, samples])).toEqual([
    ["cbr_up", "gauge", []],
    ["cbr_api_last_request_timestamp_seconds", "gauge", []],
    ["cbr_api_clock_skew_seconds", "gauge", []],
    ["cbr_auth_token_expiry_timestamp_seconds", "gauge", []],
  ]);
});

test("what is known", () => {
  const known = { up: true, lastRequestAt: noon, skewMs: 0, method: "token_file", expiresAt: noon };
  const p = textOf({ ...known, project: "p", up: false, lastRequestAt: micros(noon + 1), skewMs: -2_500 });
  expect(sampleLines(p)).toEqual([
    'cbr_up{project="p"} 0',
    'cbr_api_last_request_timestamp_seconds{project="p"} 1795521600.000001',
    'cbr_api_clock_skew_seconds{project="p"} -2.5',
    'cbr_auth_token_expiry_timestamp_seconds{project="p",method="token_file"} 1795521600',
  ]);
  expect(sampleLines(textOf({ ...known, project: "q" }))).toEqual([
    'cbr_up{project="q"} 1',
    'cbr_api_last_request_timestamp_seconds{project="q"} 1795521600',
    'cbr_api_clock_skew_seconds{project="q"} 0',
    'cbr_auth_token_expiry_timestamp_seconds{project="q",method="token_file"} 1795521600',
  ]);
});
