import { discoverConfig, inventoryConfig } from "../../../support/configs.ts";
import { archivePolicy, bad, estate, good, nightly, removeBackups, server, tasksOf, vault } from "../cloud-estate.ts";
import type { Scenario } from "../scenario.ts";
import { collector, everything } from "./changes.ts";

const hour = 60;
const hourly = "5 * * * *";
/** When restore points become due, on the day before; what is missing is told at the first run six hours later. */
const evening = -2 * hour;
const [first, second, third, fourth] = [1, 2, 3, 4].map(server);
const missing = (id: string | undefined): string => `CBRBackupMissing prod ${id}`;
const [[failed], [skipped]] = [tasksOf(bad, 1, -1), tasksOf(bad, 2, -1)];
const forever = [...Array(7).keys()].map((nights) => -1 - nights);

const nights: readonly Scenario[] = [
  {
    name: "CBRBackupMissing: by exporters that look at other times",
    row: "in one night a backup never begins, another is skipped, a third does not end",
    setup: {
      ...estate({
        schedule: hourly,
        seed: bad,
        never: [[1, -1]],
        backups: ({ resource_id: of, created_at: at }) =>
          of === fourth && String(at) > "2025-12-31T22" ? { status: "protecting" } : {},
        others: [{ name: "outside", schedule: "0 6 * * *", inventory: inventoryConfig({ restorePoints: false }) }],
      }),
      exporters: ["a", "b"],
    },
    happens: { 0: ({ reload }) => reload("b", collector({ schedule: "35 * * * *" })) },
    since: evening,
    step: 5,
    until: 5 * hour,
    fires: { [missing(first)]: [245, 300], [missing(second)]: [245, 300], [missing(fourth)]: [245, 300] },
  },
  {
    name: "CBRBackupMissing: a failed backup is told by its task, one that is skipped by both, until the next night's",
    row: "a backup fails, another is skipped, and the next night both are good",
    setup: estate({ schedule: hourly, seed: bad, discover: discoverConfig() }),
    since: 82,
    step: 30,
    until: 27 * hour,
    fires: {
      [`CBRTaskFailed prod ${failed}`]: [150, 1560],
      [`CBRTaskSkipped prod ${skipped}`]: [30, 1320],
      [missing(second)]: [270, 1380],
    },
    not: ["CBRResourceLastFailed"],
  },
  {
    name: "CBRBackupMissing: six hours after the failure is told no more, where the next night's is late",
    setup: estate({
      schedule: hourly,
      seed: bad,
      never: [[1, 0]],
      inventory: { graceMs: 30 * 3_600_000 },
      discover: discoverConfig({ keepMs: 0 }),
    }),
    step: 30,
    until: 34 * hour,
    fires: { [`CBRResourceLastFailed prod ${first}`]: [150, 1560], [missing(first)]: [1950, 2040] },
    not: ["CBRTaskFailed"],
  },
  {
    name: "CBRBackupMissing: a restore point is deleted, while one of two exporters is cut off and believes in it",
    row: "somebody deletes the newest restore point of a server, and a replica that is cut off still believes in it",
    setup: { ...estate(), exporters: ["a", "b"], remote: ["b"] },
    happens: {
      345: ({ cutOff }) => cutOff("b"),
      360: ({ cloud }) => removeBackups(cloud, good, 1, -1),
    },
    since: 360,
    step: 15,
    until: 8 * hour,
    fires: { "CBRReplicaCutOff prod cbr b": [390, 480], [missing(first)]: [375, 480] },
  },
  {
    name: "CBRBackupMissing: after an outage over the night, what is really missing",
    row: "an outage over the night, in which one backup never begins",
    setup: estate({ never: [[3, -1]] }),
    happens: { 10: everything({ kind: "cut" }), 360: everything(undefined) },
    since: 10,
    step: 5,
    until: 7 * hour,
    fires: { "CBRApiDown prod": [30, 370], [missing(third)]: [375, 420] },
  },
];

const dailyAt = (hour: string) => ({
  trigger: { properties: { pattern: [`FREQ=DAILY;INTERVAL=1;BYHOUR=${hour};BYMINUTE=00`] } },
});

const changes: readonly Scenario[] = [
  {
    name: "CBRBackupMissing: nothing was due since policies are other ones, or the server is in the vault",
    row: "a policy is set to an hour that has passed, another is disabled before its hour, a server is new",
    because: "nothing was due since then",
    setup: estate({
      schedule: hourly,
      never: [[2, 0], ...forever.map((night) => [4, night] as const)],
      vaults: ({ id }, minute) => (id === vault(4) && minute < 12 * hour ? { resources: [] } : {}),
      policies: ({ id }, minute) => {
        if (id === nightly)
          return {
            associated_vaults: [1, 3, 4].map((number) => ({ vault_id: vault(number) })),
            ...(minute >= 10 * hour && dailyAt("09")),
          };
        if (id !== archivePolicy) return {};
        return {
          associated_vaults: [{ vault_id: vault(2) }],
          enabled: minute < 21 * hour,
          ...dailyAt("22"),
        };
      },
    }),
    step: 30,
    until: 30 * hour,
    not: ["CBRBackupMissing", "CBRPolicyDisabled"],
  },
  {
    name: "CBRBackupMissing: a start in the night, and another",
    row: "starts of an exporter with an inventory, in the night",
    because: "all is well",
    setup: estate({ schedule: hourly }),
    happens: { 30: ({ remove }) => remove("a"), 45: ({ start }) => start("b") },
    step: 15,
    until: 5 * hour,
    not: ["CBRBackupMissing", "CBRInventoryStale", "CBRCollectorEmpty"],
  },
];

export const missingBackups: readonly Scenario[] = [...nights, ...changes];
