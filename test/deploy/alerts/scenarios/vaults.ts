import {
  archive,
  archivePolicy,
  byId,
  copiesPolicy,
  estate,
  holding,
  inStatus,
  nightly,
  vault,
} from "../cloud-estate.ts";
import type { Scenario } from "../scenario.ts";
import { collector } from "./changes.ts";

const hour = 60;
const hourly = "0 * * * *";
const full = (id: string): string => `CBRVaultFull prod ${id}`;
const fillsUp = (id: string): string => `CBRVaultFillingUp prod ${id}`;
const unavailable = (id: string): string => `CBRVaultUnavailable prod ${id}`;
const disabled = (id: string): string => `CBRPolicyDisabled prod ${id}`;
/** Restore points are another story's. */
const inventory = { restorePoints: false };
const sixHours = collector({ schedule: "0 */6 * * *" });

const fillings: readonly Scenario[] = [
  {
    name: "CBRVaultFull: until it is expanded, seen by two exporters",
    row: "a vault is full",
    setup: {
      ...estate({
        inventory,
        vaults: byId({
          [vault(1)]: (record, minute) => holding(record, minute >= 20 && minute < 80 ? 1000 : 800),
          [vault(4)]: (record, minute) => holding(record, minute < 20 ? 800 : 1300),
        }),
      }),
      exporters: ["a", "b"],
    },
    since: 20,
    step: 5,
    until: 110,
    fires: { [full(vault(1))]: [30, 90], [full(vault(4))]: [30, 110] },
  },
  {
    name: "CBRVaultFillingUp: as long as two days show it",
    row: "a vault over its own warning grows by 2 GiB of its 1000 an hour",
    setup: {
      ...estate({
        schedule: hourly,
        inventory,
        vaults: byId({
          // It jumps once.
          [vault(1)]: (record, minute) => holding(record, minute < 30 * hour ? 850 : 930),
          [vault(2)]: (record, minute) => holding(record, 700 + 2 * (minute / hour)),
          // It is expanded, and stays over its warning.
          [vault(3)]: (record, minute) =>
            holding(record, 850 + 0.6 * (minute / hour), { size: minute < 96.5 * hour ? 1000 : 1100 }),
          [vault(4)]: (record, minute) => ({ ...holding(record, 700 + 2 * (minute / hour)), auto_expand: true }),
          [archive]: (record, minute) => holding(record, 850 + 2 * (minute / hour)),
        }),
      }),
      exporters: ["a", "b"],
    },
    happens: { 0: ({ reload }) => reload("b", sixHours) },
    step: hour,
    until: 104 * hour,
    fires: {
      [fillsUp(vault(1))]: [49 * hour, 98 * hour],
      [fillsUp(vault(2))]: [51 * hour, 104 * hour],
      [fillsUp(vault(3))]: [83 * hour, 96 * hour],
      [fillsUp(archive)]: [49 * hour, 77 * hour],
      [full(archive)]: [76 * hour, 104 * hour],
    },
  },
];

const statuses: readonly Scenario[] = [
  {
    name: "CBRVaultUnavailable: for half an hour",
    row: "a vault is frozen",
    setup: estate({
      schedule: "*/5 * * * *",
      inventory,
      vaults: byId({
        [vault(1)]: (record, minute) => inStatus(record, minute >= 2 && minute < 70 ? "frozen" : "available"),
        [vault(3)]: (record, minute) => inStatus(record, minute >= 2 ? "error" : "available"),
        [vault(4)]: (record, minute) => inStatus(record, minute >= 2 ? "deleting" : "available"),
        [archive]: (record, minute) => inStatus(record, minute >= 27 && minute < 37 ? "lock" : "frozen"),
      }),
    }),
    since: 2,
    step: 5,
    until: 90,
    fires: {
      [unavailable(vault(1))]: [35, 70],
      [unavailable(vault(3))]: [35, 90],
      [unavailable(vault(4))]: [35, 90],
      [unavailable(archive)]: [70, 90],
    },
  },
];

const nearly: readonly Scenario[] = [
  {
    name: "CBRVaultFull, CBRVaultUnavailable: nearly",
    row: "a vault is full and expands by itself, another is nearly full, a third is frozen for 30 minutes, or expands",
    because: "nothing is to be done",
    setup: estate({
      schedule: "*/5 * * * *",
      inventory,
      vaults: byId({
        [vault(1)]: (record) => ({ ...holding(record, 1200), auto_expand: true }),
        [vault(2)]: (record) => holding(record, 999),
        [vault(3)]: (record, minute) => inStatus(record, minute >= 2 && minute < 32 ? "frozen" : "available"),
        [vault(4)]: (record) => inStatus(record, "lock"),
      }),
    }),
    step: 5,
    until: 60,
    not: ["CBRVaultFull", "CBRVaultUnavailable"],
  },
];

const policies: readonly Scenario[] = [
  {
    name: "CBRPolicyDisabled: for a day, seen by exporters that look at other times",
    row: "all policies for backups of a vault are disabled; of others for 20 h, or some of them, or of an empty vault",
    setup: {
      ...estate({
        schedule: hourly,
        inventory,
        vaults: byId({
          // They grow: under its warning; but it expands by itself; not enough.
          [vault(1)]: (record, minute) => holding(record, 600 + 2 * (minute / hour)),
          [vault(2)]: (record, minute) => ({ ...holding(record, 850 + 2 * (minute / hour)), auto_expand: true }),
          [archive]: (record, minute) => holding(record, 850 + 0.3 * (minute / hour)),
          [vault(3)]: () => ({ resources: [] }),
          [vault(4)]: (_, minute) => (minute < 33 * hour ? {} : { resources: [] }),
        }),
        policies: byId({
          [nightly]: (_, minute) => ({
            associated_vaults: [1, 2].map((number) => ({ vault_id: vault(number) })),
            enabled: minute < 10 * hour || minute >= 30 * hour,
          }),
          [archivePolicy]: (_, minute) => ({
            associated_vaults: [archive, vault(2)].map((vault_id) => ({ vault_id })),
            enabled: minute >= 14.5 * hour && minute < 18.5 * hour,
          }),
          [copiesPolicy]: () => ({
            operation_type: "backup",
            associated_vaults: [3, 4].map((number) => ({ vault_id: vault(number) })),
            enabled: false,
          }),
        }),
      }),
      exporters: ["a", "b"],
    },
    happens: { 0: ({ reload }) => reload("b", sixHours) },
    step: hour,
    until: 50 * hour,
    not: ["CBRVaultFillingUp"],
    fires: { [disabled(archive)]: [48 * hour, 50 * hour], [disabled(vault(4))]: [25 * hour, 35 * hour] },
  },
  {
    name: "CBRPolicyDisabled, CBRVaultUnavailable, CBRVaultFillingUp: nobody looks for two days, and for four",
    setup: estate({
      schedule: hourly,
      inventory,
      policies: () => ({}),
      vaults: byId({
        [vault(1)]: (record, minute) => holding(record, 900 + 0.6 * Math.min(150, minute / hour)),
        [vault(2)]: (record) => inStatus(record, "frozen"),
      }),
    }),
    happens: {
      [6 * hour]: ({ remove }) => remove("a"),
      [48 * hour]: ({ start }) => start("a"),
      [100 * hour]: ({ remove }) => remove("a"),
      [190 * hour]: ({ start }) => start("a"),
    },
    step: hour,
    until: 200 * hour,
    fires: {
      CBRExporterAbsent: [
        [7 * hour, 47 * hour],
        [101 * hour, 189 * hour],
      ],
      [unavailable(vault(2))]: [
        [2 * hour, 5 * hour],
        [49 * hour, 99 * hour],
        [192 * hour, 200 * hour],
      ],
      [disabled(archive)]: [
        [49 * hour, 99 * hour],
        [191 * hour, 195 * hour],
      ],
      [fillsUp(vault(1))]: [
        [49 * hour, 77 * hour],
        [97 * hour, 99 * hour],
      ],
    },
  },
  {
    name: "CBRPolicyDisabled, CBRVaultFillingUp: until ten minutes after the exporter has gone",
    setup: estate({
      schedule: hourly,
      inventory,
      policies: () => ({}),
      vaults: byId({ [vault(1)]: (record, minute) => holding(record, 900 + 0.6 * (minute / hour)) }),
    }),
    happens: { 2960: ({ remove }) => remove("a") },
    step: 8,
    until: 2992,
    fires: {
      [disabled(archive)]: [1448, 2960],
      [fillsUp(vault(1))]: [2888, 2960],
      CBRExporterAbsent: [2968, 2992],
    },
  },
];

export const vaults: readonly Scenario[] = [...fillings, ...statuses, ...nearly, ...policies];
