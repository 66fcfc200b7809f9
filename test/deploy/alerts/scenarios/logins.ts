import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecret } from "../../../../src/base/secret.ts";
import { defaultToken, defaultKey as key, defaultUser as user } from "../../../../src/simulator/options.ts";
import { keyAuth, noAgency, passwordAuth } from "../../../support/logins.ts";
import { healthy, runs, task } from "../cloud-tasks.ts";
import type { Act, Minute, Scenario, Setup, Span } from "../scenario.ts";
import { minuteZero, type World } from "../world.ts";
import { project, tasks } from "./changes.ts";

/** A login, and one thing that can go wrong with it, from the first start on and later. */
interface Case {
  readonly what: string;
  readonly setup: Setup;
  readonly spoil: Act;
  /** Where a login that has worked goes on to work without it for so many minutes. */
  readonly lastsUntil?: Minute;
  /** After 30 minutes. */
  readonly mend: Act;
  /** When CBRApiDown is told: from the first start, and after it had worked; undefined: not at all. */
  readonly told: readonly [Span, Span | undefined];
}

const tokenFile = ({ folder }: Pick<World, "folder">) => join(folder, "token");

const token: Setup = {};
const file: Setup = {
  config(usual, world) {
    writeFileSync(tokenFile(world), defaultToken);
    return project({ auth: { method: "token_file", path: tokenFile(world) } })(usual);
  },
};
const password: Setup = { config: project({ auth: passwordAuth() }) };
const keys: Setup = { config: project({ auth: keyAuth() }) };
const agency: Setup = {
  // Renewed a tenth of their life before their end.
  simulator: { metadata: { keySeconds: 1200 } },
  config: (usual) => project({ auth: { method: "ecs_agency", endpoint: usual.projects[0]?.endpoint ?? "" } })(usual),
};

const tokenAuth = (token: string) => ({ method: "token", token: createSecret(token) }) as const;
const newToken: Act = ({ cloud, reload }) => reload("a", project({ auth: tokenAuth(cloud.issueToken()) }));

/** IAM or the metadata service is unreachable, and what it has given is no longer good. */
const unreachable =
  (kind: "cut" | "hang", target: "iam:tokens" | "metadata"): Act =>
  (world) => {
    tasks({ kind }, target)(world);
    world.cloud.revokeTokens();
  };

const cases: readonly Case[] = [
  {
    what: "`token`: the token is refused",
    setup: token,
    spoil: ({ cloud }) => cloud.revokeTokens(),
    mend: newToken,
    told: [
      [3, 29],
      [23, 39],
    ],
  },
  {
    what: "`token_file`: the token is refused",
    setup: file,
    spoil: ({ cloud }) => cloud.revokeTokens(),
    mend: (world) => writeFileSync(tokenFile(world), world.cloud.issueToken()),
    told: [
      [3, 30],
      [23, 40],
    ],
  },
  {
    what: "`token_file`: the file is gone",
    setup: file,
    spoil: (world) => rmSync(tokenFile(world)),
    mend: (world) => writeFileSync(tokenFile(world), defaultToken),
    told: [[2, 30], undefined],
  },
  {
    what: "`password`: the password is refused",
    setup: password,
    spoil: ({ cloud }) => {
      cloud.setUser({ ...user, password: "another" });
      cloud.revokeTokens();
    },
    mend: ({ cloud }) => cloud.setUser(user),
    told: [
      [2, 33],
      [23, 44],
    ],
  },
  {
    what: "`password`: IAM drops connections",
    setup: password,
    spoil: unreachable("cut", "iam:tokens"),
    mend: tasks(undefined, "iam:tokens"),
    told: [
      [3, 30],
      [23, 40],
    ],
  },
  {
    what: "`password`: IAM does not answer",
    setup: password,
    spoil: unreachable("hang", "iam:tokens"),
    mend: tasks(undefined, "iam:tokens"),
    told: [
      [3, 30],
      [24, 40],
    ],
  },
  {
    what: "`ak_sk`: the key is refused",
    setup: keys,
    spoil: ({ cloud }) => cloud.setKey({ ...key, secret: "another" }),
    mend: ({ cloud }) => cloud.setKey(key),
    told: [
      [3, 30],
      [23, 41],
    ],
  },
  {
    what: "`ecs_agency`: the server has lost its agency",
    setup: agency,
    spoil: tasks(noAgency, "GetSecurityKey"),
    lastsUntil: 20,
    mend: tasks(undefined, "GetSecurityKey"),
    told: [
      [2, 33],
      [33, 52],
    ],
  },
  {
    what: "`ecs_agency`: the metadata service does not answer",
    setup: agency,
    spoil: tasks({ kind: "hang" }, "metadata"),
    lastsUntil: 20,
    mend: tasks(undefined, "metadata"),
    told: [
      [3, 30],
      [33, 50],
    ],
  },
];

function fromStart({ what, setup, spoil, mend, told: [span] }: Case): Scenario {
  return {
    name: `CBRApiDown: ${what}, from the first start`,
    row: `${what}, from the first start`,
    setup: { ...setup, exporters: [], tasks: [task(runs(0)), healthy] },
    happens: { 0: [({ prepare }) => prepare("a"), spoil, ({ start }) => start("a")], 30: mend },
    until: 45,
    fires: { "CBRApiDown prod": span },
  };
}

function later({ what, setup, spoil, lastsUntil = 10, mend, told: [, span] }: Case): Scenario {
  return {
    name: `CBRApiDown: ${what}, after it had worked`,
    row: `${what}, after it had worked`,
    setup: { ...setup, tasks: [task(runs(0)), healthy] },
    happens: { 10: spoil, [lastsUntil + 30]: mend },
    since: lastsUntil,
    until: lastsUntil + 45,
    ...(span ? { fires: { "CBRApiDown prod": span } } : { because: "what it held is still good", not: ["CBRApiDown"] }),
  };
}

export const logins: readonly Scenario[] = [
  ...cases.map(fromStart),
  ...cases.map(later),
  {
    name: "CBRCredentialsExpiring, CBRApiDown: a token ends",
    row: "a `token` ends in 2 h, and nobody renews it",
    setup: {
      exporters: ["a", "b"],
      tasks: [task(runs(0)), healthy],
      simulator: { tokenExpiresAtMs: minuteZero / 1000 + 150 * 60_000 },
    },
    since: 30,
    until: 180,
    fires: { "CBRCredentialsExpiring prod": [31, 180], "CBRApiDown prod": [163, 180] },
  },
  {
    name: "CBRCredentialsExpiring: until it is renewed",
    row: "a `token_file` ends in 2 h, and somebody renews it",
    setup: {
      ...file,
      tasks: [task(runs(0)), healthy],
      simulator: { tokenExpiresAtMs: minuteZero / 1000 + 150 * 60_000 },
    },
    happens: { 60: (world) => writeFileSync(tokenFile(world), world.cloud.issueToken()) },
    since: 30,
    until: 100,
    fires: { "CBRCredentialsExpiring prod": [31, 60] },
  },
  {
    name: "CBRCredentialsExpiring: the exporter comes back under another instance: no gap, no second alert",
    setup: { tasks: [task(runs(0)), healthy], simulator: { tokenExpiresAtMs: minuteZero / 1000 + 150 * 60_000 } },
    happens: { 40: ({ remove }) => remove("a"), 45: ({ start }) => start("b"), 60: ({ remove }) => remove("b") },
    until: 80,
    fires: { "CBRCredentialsExpiring prod": [31, 68], CBRExporterAbsent: [65, 80] },
  },
  {
    name: "CBRCredentialsExpiring: one of two exporters has a new token",
    setup: {
      exporters: ["a", "b"],
      tasks: [task(runs(0)), healthy],
      simulator: { tokenExpiresAtMs: minuteZero / 1000 + 150 * 60_000 },
    },
    happens: { 10: ({ cloud, reload }) => reload("b", project({ auth: tokenAuth(cloud.issueToken()) })) },
    until: 60,
    fires: { "CBRCredentialsExpiring prod": [31, 60] },
  },
  {
    name: "CBRCredentialsExpiring: what the exporter renews by itself",
    row: "tokens of a `password` live for an hour",
    because: "the exporter renews them",
    setup: { ...password, tasks: [task(runs(0)), healthy], simulator: { tokenSeconds: 3600 } },
    until: 150,
    not: ["CBRCredentialsExpiring", "CBRApiDown"],
  },
];
