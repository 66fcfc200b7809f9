import { inventoryConfig } from "../../../support/configs.ts";
import { archive, byId, estate, holding, inStatus, server, vault } from "../cloud-estate.ts";
import type { Scenario } from "../scenario.ts";
import { everything, tasks } from "./changes.ts";

const hour = 60;
const hourly = "0 * * * *";
const full = `CBRVaultFull prod ${vault(1)}`;
const frozen = `CBRVaultUnavailable prod ${vault(2)}`;
const disabled = `CBRPolicyDisabled prod ${archive}`;
const missing = (number: number): string => `CBRBackupMissing prod ${server(number)}`;
const refusal = { kind: "status", status: 403 } as const;
const firstVaultIsFull = byId({ [vault(1)]: (record) => holding(record, 1000) });

const stale: readonly Scenario[] = [
  {
    name: "CBRInventoryStale: lists are refused, until they are not, seen by two exporters",
    row: "a list of an inventory is refused for good",
    setup: { ...estate(), exporters: ["a", "b"] },
    happens: {
      10: tasks(refusal, "vaults"),
      40: tasks(refusal, "backups"),
      110: tasks(undefined, "vaults", "backups"),
    },
    since: 10,
    step: 5,
    until: 150,
    fires: { "CBRInventoryStale prod estate": [75, 120] },
  },
  {
    name: "CBRInventoryStale: a list that was never read",
    row: "the right to a list of an inventory is missing from the start",
    setup: { ...estate(), faults: { backups: refusal } },
    step: 5,
    until: 90,
    fires: { "CBRInventoryStale prod estate": [65, 90] },
    not: ["CBRBackupMissing"],
  },
  {
    name: "CBRInventoryStale: after a long pause of its schedule",
    setup: estate({ schedule: "*/5 0,3-23 * * *", vaults: firstVaultIsFull }),
    happens: { 60: tasks(refusal, "vaults") },
    step: 5,
    until: 270,
    fires: { [full]: [5, 240], "CBRInventoryStale prod estate": [240, 270] },
  },
  {
    name: "CBRInventoryStale: an outage explains it for half an hour",
    setup: estate({ schedule: "*/5 * * * *", vaults: firstVaultIsFull }),
    happens: { 10: tasks(refusal, "vaults"), 70: everything({ kind: "cut" }), 90: everything(undefined) },
    step: 5,
    until: 130,
    fires: {
      "CBRInventoryStale prod estate": [
        [55, 75],
        [125, 130],
      ],
      "CBRApiDown prod": [90, 90],
      [full]: [5, 55],
    },
  },
];

const silent: readonly Scenario[] = [
  {
    name: "CBRInventoryStale: what stands on a list is not told while it is old",
    setup: estate({
      schedule: hourly,
      never: [
        [1, -1],
        [1, 0],
        [1, 1],
        [1, 2],
      ],
      policies: () => ({}),
      vaults: byId({
        [vault(1)]: (record) => holding(record, 1000),
        [vault(2)]: (record) => inStatus(record, "frozen"),
        [vault(3)]: (record, minute) => holding(record, 850 + minute / hour),
      }),
      others: [{ name: "slow", schedule: "0 */4 * * *", inventory: inventoryConfig({ vaults: [vault(4)] }) }],
    }),
    happens: {
      [51 * hour]: tasks(refusal, "vaults"),
      [57 * hour]: [tasks(undefined, "vaults"), tasks(refusal, "policies")],
      [63 * hour]: [tasks(undefined, "policies"), tasks(refusal, "backups")],
      [69 * hour]: tasks(undefined, "backups"),
    },
    step: hour,
    until: 72 * hour,
    fires: {
      [full]: [
        [hour, 54 * hour],
        [58 * hour, 72 * hour],
      ],
      [frozen]: [
        [2 * hour, 54 * hour],
        [58 * hour, 72 * hour],
      ],
      [`CBRVaultFillingUp prod ${vault(3)}`]: [
        [49 * hour, 54 * hour],
        [58 * hour, 72 * hour],
      ],
      [disabled]: [
        [25 * hour, 54 * hour],
        [58 * hour, 60 * hour],
        [64 * hour, 72 * hour],
      ],
      [missing(1)]: [
        [5 * hour, 54 * hour],
        [58 * hour, 60 * hour],
        [64 * hour, 66 * hour],
        [70 * hour, 72 * hour],
      ],
      "CBRInventoryStale prod estate": [
        [55 * hour, 57 * hour],
        [61 * hour, 63 * hour],
        [67 * hour, 69 * hour],
      ],
    },
  },
];

const shared: readonly Scenario[] = [
  {
    name: "CBRBackupMissing, CBRVaultFull, CBRVaultUnavailable, CBRPolicyDisabled, CBRInventoryStale: two shards",
    setup: {
      ...estate({
        schedule: hourly,
        never: [
          [1, -1],
          [2, -1],
        ],
        policies: () => ({}),
        vaults: byId({
          [vault(1)]: (record) => holding(record, 1000),
          [vault(2)]: (record) => inStatus(record, "frozen"),
        }),
      }),
      exporters: ["0", "1"],
      shards: (instance) => ({ index: Number(instance), count: 2 }),
    },
    happens: { [24 * hour]: tasks(refusal, "backups") },
    step: hour,
    until: 28 * hour,
    fires: {
      [full]: [hour, 28 * hour],
      [frozen]: [2 * hour, 28 * hour],
      [missing(1)]: [5 * hour, 27 * hour],
      [missing(2)]: [5 * hour, 22 * hour],
      [disabled]: [25 * hour, 28 * hour],
      "CBRInventoryStale prod estate": [28 * hour, 28 * hour],
    },
  },
  {
    name: "CBRBackupMissing, CBRVaultFull, CBRVaultUnavailable: neither a restart nor a short outage leaves a gap, and all end with the last exporter",
    setup: estate({
      never: [
        [1, -2],
        [1, -1],
      ],
      vaults: byId({
        [vault(1)]: (record) => holding(record, 1000),
        [vault(2)]: (record) => inStatus(record, "frozen"),
      }),
    }),
    happens: {
      20: ({ remove }) => remove("a"),
      24: ({ start }) => start("b"),
      29: everything({ kind: "cut" }),
      44: everything(undefined),
      50: ({ remove }) => remove("b"),
    },
    until: 65,
    fires: {
      [missing(1)]: [1, 58],
      [full]: [1, 58],
      [frozen]: [31, 58],
      "CBRApiDown prod": [42, 44],
      CBRExporterAbsent: [55, 65],
    },
  },
];

export const inventory: readonly Scenario[] = [...stale, ...silent, ...shared];
