/** Prometheus's configuration. Quicker than one would scrape, for who watches. */
export function prometheusConfig({ exporter, alertmanager }) {
  return `global: { scrape_interval: 5s, evaluation_interval: 5s }
rule_files: [alerts.yaml]
alerting:
  alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${alertmanager}"] }] }]
scrape_configs:
  - job_name: cbr
    honor_labels: true
    static_configs: [{ targets: ["127.0.0.1:${exporter}"] }]
`;
}

/** The project's Alertmanager configuration, but told here instead of at example.com, and without waiting for more. */
export function alertmanagerConfig(text, receivers) {
  return text
    .replace(/http:\/\/(\w+)\.example\.com:8080/g, `http://127.0.0.1:${receivers}/$1`)
    .replace(/group_wait: \w+/g, "group_wait: 5s")
    .replace(/group_interval: \w+/g, "group_interval: 15s");
}
