import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { dashboards } from "../../deploy/grafana/dashboards/all.ts";
import { projectRoot } from "../program.ts";

// There is no container engine in the tests: this is what can be known of the files without one.

interface Service {
  readonly build?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
}

interface PrometheusConfig {
  readonly rule_files: readonly string[];
  readonly alerting: { readonly alertmanagers: readonly Targets[] };
  readonly scrape_configs: readonly (Targets & { readonly honor_labels: boolean })[];
}

interface Targets {
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
}

interface AlertmanagerConfig {
  readonly receivers: readonly { readonly webhook_configs: readonly { readonly url: string }[] }[];
}

const folder = join(projectRoot, "deploy/compose");
const text = (file: string): string => readFileSync(join(folder, file), "utf8");
const { services } = parse(text("compose.yaml")) as { services: Readonly<Record<string, Service>> };
const all = Object.entries(services);
const prometheus = parse(text("prometheus.yml")) as PrometheusConfig;
const alertmanager = parse(text("../alertmanager/alertmanager.yaml")) as AlertmanagerConfig;
const dockerfile = text("../../Dockerfile");

/** Mounts of a service, by path inside it. */
function mounts({ volumes = [] }: Service): Readonly<Record<string, string>> {
  return Object.fromEntries(volumes.map((volume) => volume.split(":").slice(0, 2).reverse()));
}

const targets = ({ static_configs }: Targets): readonly string[] => static_configs.flatMap((config) => config.targets);

test("every file that is mounted is there, read-only, and the image is built from the repository", () => {
  const volumes = all.flatMap(([, service]) => service.volumes ?? []);
  expect(volumes.filter((volume) => !existsSync(join(folder, volume.split(":")[0] ?? "")))).toEqual([]);
  expect(volumes.filter((volume) => !volume.endsWith(":ro"))).toEqual([]);
  const built = all.flatMap(([, { build }]) => build ?? []);
  expect(built.map((context) => join(folder, context, "Dockerfile")).filter((file) => !existsSync(file))).toEqual([]);
  expect(built).toHaveLength(1);
});

test("every image has the tag of one version; Node's is the Dockerfile's", () => {
  const images = all.flatMap(([, { image }]) => image ?? []);
  expect(images.filter((image) => !/:v?\d+\.\d+\.\d+(-[a-z-]+)?$/.test(image))).toEqual([]);
  expect(images).toHaveLength(all.length - 1);
  expect(dockerfile).toContain(`FROM ${services["receivers"]?.image}\n`);
});

test("no two services want the same port, and none is open to others", () => {
  const ports = all.flatMap(([, service]) => service.ports ?? []);
  expect(ports.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
  expect(new Set(ports).size).toBe(ports.length);
});

test("Prometheus scrapes the exporter where it listens, and keeps its labels", () => {
  const [port] = dockerfile.match(/(?<=^EXPOSE )\d+$/m) ?? [];
  expect(prometheus.scrape_configs).toMatchObject([{ honor_labels: true }]);
  expect(prometheus.scrape_configs.flatMap(targets)).toEqual([`exporter:${port}`]);
  expect(services["exporter"]?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
});

test("Prometheus has the project's alerts, and tells Alertmanager, which has the project's routes", () => {
  expect(prometheus.rule_files.map((file) => mounts(services["prometheus"] ?? {})[file])).toEqual([
    "../prometheus/alerts.yaml",
  ]);
  expect(prometheus.alerting.alertmanagers.flatMap(targets)).toEqual(["alertmanager:9093"]);
  expect(services["alertmanager"]?.ports).toEqual(["127.0.0.1:9093:9093"]);
  expect(mounts(services["alertmanager"] ?? {})).toEqual({
    "/etc/alertmanager/alertmanager.yaml": "../alertmanager/alertmanager.yaml",
  });
});

test.each(["prometheus", "alertmanager"])("%s reads the file that is mounted", (name) => {
  const service = services[name] ?? {};
  const file = service.command?.join(" ").match(/--config\.file=(\S+)/)?.[1] ?? "";
  expect(Object.keys(mounts(service))).toContain(file);
});

test("whoever Alertmanager tells has a host among the services, and a port at which the program listens", () => {
  const urls = alertmanager.receivers.flatMap((each) => each.webhook_configs.map(({ url }) => new URL(url)));
  const aliases = services["receivers"]?.networks?.default.aliases ?? [];
  expect(new Set(urls.map(({ hostname }) => hostname))).toEqual(new Set(aliases));
  const [, program = ""] = services["receivers"]?.command ?? [];
  expect(mounts(services["receivers"] ?? {})["/stack"]).toBe("../../scripts/stack");
  const source = text(program.replace("/stack/", "../../scripts/stack/"));
  for (const { port } of urls) expect(source).toContain(`host: "0.0.0.0", port: ${port} `);
});

test("Grafana finds its data source and all dashboards", () => {
  const { datasources } = parse(text("../grafana/provisioning/datasources/prometheus.yaml")) as {
    datasources: readonly { readonly url: string }[];
  };
  expect(datasources.map(({ url }) => url)).toEqual(["http://prometheus:9090"]);
  expect(services["prometheus"]?.ports).toEqual(["127.0.0.1:9090:9090"]);
  const { providers } = parse(text("../grafana/provisioning/dashboards/cbr.yaml")) as {
    providers: readonly { readonly options: { readonly path: string } }[];
  };
  const inside = mounts(services["grafana"] ?? {});
  const files = dashboards.map(({ file }) => `${providers[0]?.options.path}/${file}`);
  expect(Object.keys(inside)).toEqual(["/etc/grafana/provisioning", ...files]);
});
