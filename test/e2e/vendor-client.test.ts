import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { fromMillis } from "../../src/base/micros.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { demoIds } from "../../src/simulator/tasks/demo-plan.ts";
import { vendorProjectId as project } from "../../src/simulator/tasks/sim-task.ts";
import { openCloud } from "../support/cloud.ts";
import { never } from "../support/never.ts";
import { tool } from "./tools.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "vendor-client");
let python = "";
let simulator: Simulator;

beforeAll(async () => {
  tool("python3");
  python = (await run(join(folder, "make-venv"))).stdout.trim();
  // Time stands still half a minute after the start, when some tasks run and others have ended.
  let now = Date.now();
  const fleet = { resources: 20, days: 3, startMs: Date.UTC(2026, 0, 21, 12) };
  simulator = await startSimulator({ latencyMs: [0, 0], mayListProjects: true, fleet, now: () => now });
  now += 30_000;
}, 300_000);
afterAll(() => simulator?.close());

type Query = Readonly<Record<string, string | number>>;
type Call = readonly [operation: string, parameters: Query];
const showCall = (id: string): Call => ["ShowOpLog", { operation_log_id: id }];
const listCall = (query: Query): Call => ["ListOpLogs", query];

/** What `vendor-client/ask.py` says. */
interface Said {
  readonly parameters: readonly string[];
  readonly answers: readonly {
    // biome-ignore lint/suspicious/noExplicitAny: what a test expects says which shape it is
    readonly value?: any;
    readonly fields?: readonly (readonly [path: string, expected: string, came: string])[];
    readonly error?: readonly unknown[];
  }[];
}

async function ask(login: object, calls: readonly Call[], endpoint: string = simulator.url): Promise<Said> {
  const asked = JSON.stringify({ endpoint, ...login, calls });
  const env = { ...process.env, NO_PROXY: "127.0.0.1" };
  const { stdout } = await run(python, [join(folder, "ask.py"), asked], { env, maxBuffer: 64 * 2 ** 20 });
  return JSON.parse(stdout, withoutNull);
}

/** The same without the vendor's client. */
// biome-ignore lint/suspicious/noExplicitAny: as above
async function plain(path: string, query: Query = {}, list = "operation-logs"): Promise<any> {
  const url = new URL(`${simulator.url}/v3/${project}/${list}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const answer = await fetch(url, { headers: { "X-Auth-Token": "demo-token" } });
  return JSON.parse(await answer.text(), withoutNull);
}

/** The vendor's objects have a null for each field that did not come. */
const withoutNull = (_: string, value: unknown): unknown => value ?? undefined;

const idsOf = (page: { operation_logs: { id: string }[] }) => page.operation_logs.map(({ id }) => id);

/** What came with another type than the vendor says, and what never came. */
function judged({ answers }: Said) {
  const fields = answers.flatMap((answer) => answer.fields ?? []);
  const came = fields.filter(([, , type]) => type !== "NoneType");
  const seen = new Set(came.map(([path]) => path));
  const unseen = new Set(fields.map(([path]) => path).filter((path) => !seen.has(path)));
  return { mistyped: came.filter(([, expected, type]) => type !== expected), unseen: [...unseen] };
}

/** What the vendor's client knows and no task of the simulator has. */
const unseen = [
  // The vendor's pages know neither these nor an operation of that kind.
  ".operation_log.extra_info.update_expiration_time.affected_backups_count",
  ".operation_log.extra_info.update_expiration_time.expiration_day",
];

const byToken = { project, token: "demo-token" };
const byKey = { key: ["DEMOACCESSKEY", "demo-secret-key"] };

describe.each([
  ["a token", byToken],
  ["AK/SK, which look up the project", byKey],
])("with %s the vendor's client", (_, login) => {
  test("reads all fields of all tasks", async () => {
    const ids = idsOf(await plain(""));
    const said = await ask(login, ids.map(showCall));
    expect(said.answers.map(({ value }) => value)).toEqual(await Promise.all(ids.map((id) => plain(`/${id}`))));
    expect(judged(said)).toEqual({ mistyped: [], unseen });
  });

  test("finds with each parameter what a plain request finds", async () => {
    const day = new Date(Date.now() - 36 * 3600_000).toISOString().replace(/\.\d+/, "");
    // Each but the last leaves some tasks out.
    const examples = {
      end_time: day,
      limit: 5,
      offset: 10,
      operation_type: "restore",
      provider_id: "0daac4c5-6707-4851-97ba-169e36266b66",
      resource_id: "1dab32fa-ebf2-415a-ab0b-eabe6353bc86",
      resource_name: 'files "old" \\nas',
      start_time: day,
      status: "failed",
      vault_id: (await plain(`/${demoIds.restore}`)).operation_log.vault_id,
      vault_name: "vault-prod",
      enterprise_project_id: "all_granted_eps",
    };
    const queries = Object.entries(examples).map(([name, value]) => ({ [name]: value }));
    const said = await ask(login, queries.map(listCall));
    const sent = await Promise.all(queries.map((query) => plain("", query)));
    expect(said.parameters).toEqual(Object.keys(examples));
    expect(said.answers.map(({ value }) => value)).toEqual(sent);
    expect(judged(said).mistyped).toEqual([]);
    const [all, counts] = [idsOf(await plain("")).length, sent.map((page) => idsOf(page).length)];
    expect(counts.at(-1)).toBe(all);
    expect(counts.slice(0, -1).filter((count) => count === 0 || count === all)).toEqual([]);
  });

  test("sees each task once, page by page", async () => {
    const ids = idsOf(await plain(""));
    const offsets = Array.from({ length: Math.floor(ids.length / 7) + 2 }, (_, page) => 7 * page);
    const { answers } = await ask(
      login,
      offsets.map((offset) => listCall({ limit: 7, offset })),
    );
    const pages = answers.map(({ value }) => idsOf(value));
    expect(pages.flat().toSorted()).toEqual(ids.toSorted());
    expect(pages.at(-1)).toEqual([]);
  });
});

/** Each list of what is protected: its path and key, what the client has to say for it, and what no record has. */
const protectedLists: readonly (readonly [operation: string, path: string, key: string, Query, unseen: RegExp])[] = [
  [
    "ListVault",
    "vaults",
    "vaults",
    {},
    /\.(frozen_scene|order_id|product_id|storage_unit|description|value|bind_rules\..*|extra_info\..*)$/,
  ],
  [
    "ListPolicies",
    "policies",
    "policies",
    {},
    /\.(advanced_retention_rules\..*|cross_account_urn|start_window_minutes)$/,
  ],
  [
    "ListBackups",
    "backups",
    "backups",
    {},
    /\.(enterprise_project_id|image_id|snapshot_id|parent_id|scheduled_operation_id|replication_records\[\]\..*)$/,
  ],
  [
    "ListProtectable",
    "protectables/server/instances",
    "instances",
    { protectable_type: "server" },
    /children\[\]|\.protectable\.vault\..*$/,
  ],
];

/** As the client reads what the cloud writes as a number in places. */
const asClientReads = (records: unknown): unknown =>
  JSON.parse(JSON.stringify(records), (key, value) => (key === "enterprise_project_id" ? String(value) : value));

describe.each(protectedLists)("%s of the vendor's client", (operation, path, key, needed, unseenHere) => {
  test("reads all records without loss", async () => {
    const said = await ask(byKey, [[operation, needed]]);
    const sent = (await plain("", {}, path))[key];
    expect(sent.length).toBeGreaterThan(2);
    expect(said.answers[0]?.value[key]).toEqual(asClientReads(sent));
    const { mistyped, unseen: never } = judged(said);
    expect(mistyped).toEqual(operation === "ListVault" ? [[".vaults[].enterprise_project_id", "str", "int"]] : []);
    expect(never.filter((field) => !unseenHere.test(field))).toEqual([]);
  });

  test("finds with each parameter what a plain request finds", async () => {
    const of = async (list: string, under: string) => (await plain("", {}, list))[under];
    const [[backup], vaults, [instance]] = [
      await of("backups?status=error", "backups"),
      await of("vaults?name=fleet-01", "vaults"),
      await of("protectables/server/instances", "instances"),
    ];
    const examples: Readonly<Record<string, Query>> = {
      ListVault: {
        name: "archive",
        protect_type: "replication",
        object_type: "disk",
        resource_ids: backup.resource_id,
        policy_id: (await of("policies?operation_type=replication", "policies"))[0].id,
        limit: 1,
        offset: 1,
      },
      ListPolicies: { operation_type: "replication", vault_id: vaults[0].id },
      ListBackups: {
        checkpoint_id: backup.checkpoint_id,
        image_type: "replication",
        name: backup.name,
        resource_id: backup.resource_id,
        resource_name: backup.resource_name,
        resource_type: "OS::Cinder::Volume",
        status: "error",
        vault_id: vaults[0].id,
        start_time: `${backup.created_at.slice(0, 19)}Z`,
        end_time: `${backup.created_at.slice(0, 19)}Z`,
        own_type: "shared",
        limit: 5,
        offset: 10,
        marker: backup.id,
      },
      ListProtectable: { id: instance.id, name: instance.name, limit: 5, offset: 10, marker: instance.id },
    };
    const queries = Object.entries(examples[operation] ?? {}).map(([name, value]) => ({ [name]: value }));
    const said = await ask(
      byToken,
      queries.map((query) => [operation, { ...needed, ...query }]),
    );
    const sent = await Promise.all(queries.map((query) => plain("", query, path)));
    expect(said.answers.map(({ value }) => value[key])).toEqual(sent.map((page) => asClientReads(page[key])));
    const all = (await plain("", {}, path))[key].length;
    expect(sent.map((page) => page[key].length).filter((length) => length === all)).toEqual([]);
  });
});

const unknown = showCall(demoIds.unknown);

test.each<[string, object, Call, readonly unknown[]]>([
  ["a wrong secret", { project, key: ["DEMOACCESSKEY", "wrong"] }, unknown, [401, "APIGW.0301"]],
  ["a wrong token", { project, token: "wrong" }, unknown, [401, "APIGW.0301"]],
  ["an unknown task", byToken, unknown, [404, "BackupService.6500"]],
  ["a wrong parameter", byKey, listCall({ limit: 0 }), [400, "BackupService.0001"]],
  ["a long page", byKey, ["ListProtectable", { protectable_type: "server", limit: 51 }], [400, "BackupService.0001"]],
])("the vendor's client understands the refusal of %s", async (_, login, call, refusal) => {
  const { answers } = await ask(login, [call]);
  expect(answers).toEqual([{ error: ["ClientRequestException", ...refusal] }]);
});

test("the exporter asks for a list as the vendor's client does", async () => {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.setHeader("content-type", "application/json").end('{"operation_logs":[],"count":0}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const start_time = "2018-01-01T12:00:00Z"; // as the client's own description spells it
  const [limit, offset, operationType, enterpriseProjectId] = [100, 200, "restore", "all_granted_eps"];
  const query = {
    limit,
    offset,
    operation_type: operationType,
    enterprise_project_id: enterpriseProjectId,
    start_time,
  };
  await ask(byToken, [listCall(query)], endpoint);
  const { api } = await openCloud({ id: project, endpoint });
  const startTime = fromMillis(Date.parse(start_time) + 999);
  await api.listOperationLogs({ limit, offset, operationType, enterpriseProjectId, startTime }, never);
  const [theirs, ours] = asked.map((url) => url.split(/[?&]/).toSorted());
  expect(theirs).toHaveLength(6);
  expect(ours).toEqual(theirs);
});
