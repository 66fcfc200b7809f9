import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../../program.ts";

function read(file: string): unknown {
  return parse(readFileSync(`${projectRoot}deploy/grafana/provisioning/${file}`, "utf8"));
}

test("the data source is the Prometheus of the same network, and the one that dashboards choose first", () => {
  const source = { type: "prometheus", uid: "prometheus", url: "http://prometheus:9090", isDefault: true };
  expect(read("datasources/prometheus.yaml")).toMatchObject({ apiVersion: 1, datasources: [source] });
});

test("dashboards come from the folder that they are mounted into", () => {
  const provider = { type: "file", options: { path: "/var/lib/grafana/dashboards" } };
  expect(read("dashboards/cbr.yaml")).toMatchObject({ apiVersion: 1, providers: [provider] });
});
