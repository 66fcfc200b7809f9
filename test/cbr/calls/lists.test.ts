import { describe, expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import type { Page, Paging, ProjectApi } from "../../../src/cbr/project-api.ts";
import { listAll } from "../../../src/collect/listing.ts";
import { openAnswering, pagesOf } from "../../support/answering.ts";
import { errorOf } from "../../support/error-of.ts";
import { example } from "../../support/inventory.ts";
import { never } from "../../support/never.ts";

interface List {
  readonly operation: string;
  readonly name: string;
  readonly of: string;
  readonly example: Parameters<typeof example>[0];
  readonly path: string;
  readonly pageSize: number;
  /** What its query holds beside limit and offset. */
  readonly also?: string;
  /** One of its fields. */
  readonly wrong: string;
  readonly right: string;
  readonly list: (api: ProjectApi, paging: Paging) => Promise<Page<{ readonly id: string }>>;
}

const lists: readonly List[] = [
  {
    operation: "ListVault",
    name: "vaults",
    of: "vaults",
    example: "list-vault",
    path: "/v3/p-1/vaults",
    pageSize: 1000,
    wrong: "threshold",
    right: "cbr:vaults:list",
    list: (api, paging) => api.listVaults(paging, never),
  },
  {
    operation: "ListBackups",
    name: "backups",
    of: "backups",
    example: "list-backups",
    path: "/v3/p-1/backups",
    pageSize: 1000,
    also: " sort=created_at:desc",
    wrong: "image_type",
    right: "cbr:backups:list",
    list: (api, paging) => api.listBackups(paging, never),
  },
  {
    operation: "ListProtectable",
    name: "instances",
    of: "instances",
    example: "list-protectable",
    path: "/v3/p-1/protectables/server/instances",
    pageSize: 50,
    wrong: "size",
    right: "ecs:cloudServers:list",
    list: (api, paging) => api.listProtectables({ kind: "server", ...paging }, never),
  },
  {
    operation: "ListPolicies",
    name: "policies",
    of: "policies",
    example: "list-policies",
    path: "/v3/p-1/policies",
    pageSize: 0,
    wrong: "name",
    right: "cbr:policies:list",
    list: (api) => api.listPolicies(never),
  },
];

const paging: Paging = { limit: 7, offset: 14 };

describe.each(lists)(
  "$operation",
  ({ operation, name, of, example: file, path, pageSize, also = "", wrong, right, list }) => {
    test("is one request for the page that was asked for", async () => {
      const { api, asked, observer } = await openAnswering(() => ({ body: example(file) }));
      const page = await list(api, paging);
      expect(asked).toEqual([`GET ${path}${pageSize > 0 ? ` limit=7 offset=14${also}` : ""}`]);
      expect(page.records).toHaveLength(page.received);
      expect(page.received).toBeGreaterThan(3);
      expect([observer.attempts, observer.fields]).toEqual([{ [`${operation} 200`]: 1 }, {}]);
    });

    test("counts the fields that could not be used", async () => {
      const records = [{ id: "a", [wrong]: [7] }, { id: "../b" }, { id: "c", [wrong]: {} }];
      const { api, observer } = await openAnswering(() => ({ body: { [name]: records } }));
      expect((await list(api, paging)).records.map(({ id }) => id)).toEqual(["a", "c"]);
      expect(observer.fields).toEqual({ [wrong]: 2, id: 1 });
    });

    test("takes a page of far more than one operation log", async () => {
      const description = "x".repeat(100_000);
      const records = Array.from({ length: 100 }, (_, index) => ({ id: `r${index}`, description }));
      const { api } = await openAnswering(() => ({ body: { [name]: records } }));
      expect((await list(api, paging)).received).toBe(100);
    });

    test.each([
      ["an empty object", {}],
      ["null in its place", { [name]: null }],
      ["a list without a name", []],
    ])("%s is no answer", async (_, body) => {
      const { api, observer } = await openAnswering(() => ({ body }));
      const { reason, message } = await errorOf(list(api, paging));
      expect([reason, message]).toEqual(["bad_body", `the answer holds no list of ${of}`]);
      expect(observer.failures).toEqual({ [`${operation} bad_body`]: 1 });
    });

    test("tells which right is lacking", async () => {
      const { api } = await openAnswering(() => ({ status: 403, body: { error_code: "BackupService.8600" } }));
      const error = await errorOf(list(api, paging));
      expect(error).toMatchObject({ reason: "forbidden", operation });
      expect(error.message).toContain(right);
    });
  },
);

test.each(lists.filter(({ pageSize }) => pageSize > 0))(
  "$operation is read to its end, page after page",
  async ({ name, pageSize, list }) => {
    const records = Array.from({ length: 2 * pageSize + 3 }, (_, index) => ({ id: `r${index}` }));
    const { api, asked } = await openAnswering(pagesOf(name, records));
    const listing = await listAll({ page: (next) => list(api, next), pageSize });
    expect([listing.records.size, listing.cut]).toEqual([records.length, undefined]);
    expect(asked.map((each) => Number(/offset=(\d+)/.exec(each)?.[1]))).toEqual([
      0,
      pageSize,
      2 * pageSize,
      2 * pageSize + 3,
    ]);
  },
);

test("a page of vaults may be longer than others, as it shows their resources", async () => {
  const description = "x".repeat(17 * 1024 * 1024);
  const { api } = await openAnswering(({ pathname }) => ({
    body: { [pathname.split("/").at(-1) ?? ""]: [{ id: "a", description }] },
  }));
  expect((await api.listVaults(paging, never)).received).toBe(1);
  const { reason, message } = await errorOf(api.listBackups(paging, never));
  expect([reason, message]).toEqual(["bad_body", "the answer is over 16777216 bytes"]);
});

describe("the filters are sent", () => {
  const sent = async (ask: (api: ProjectApi) => Promise<unknown>) => {
    const { api, asked } = await openAnswering(({ pathname }) => ({
      body: { [pathname.endsWith("instances") ? "instances" : (pathname.split("/").at(-1) ?? "")]: [] },
    }));
    await ask(api);
    return asked;
  };
  const first = { limit: 1, offset: 0 };

  test.each<[string, (api: ProjectApi) => Promise<unknown>, string]>([
    [
      "vaults of an enterprise project",
      (api) => api.listVaults({ ...first, enterpriseProjectId: "all_granted_eps" }, never),
      "GET /v3/p-1/vaults limit=1 offset=0 enterprise_project_id=all_granted_eps",
    ],
    [
      "backups since a time, to the second",
      (api) => api.listBackups({ ...first, startTime: micros(1_558_621_896_007_230) }, never),
      "GET /v3/p-1/backups limit=1 offset=0 start_time=2019-05-23T14:31:36Z sort=created_at:desc",
    ],
    [
      "backups of a resource, in a vault, of an enterprise project",
      (api) => api.listBackups({ ...first, resourceId: "r", vaultId: "v", enterpriseProjectId: "0" }, never),
      "GET /v3/p-1/backups limit=1 offset=0 resource_id=r vault_id=v enterprise_project_id=0 sort=created_at:desc",
    ],
    ...(["server", "disk", "turbo", "workspace"] as const).map(
      (kind): [string, (api: ProjectApi) => Promise<unknown>, string] => [
        `protectables of the kind ${kind}`,
        (api) => api.listProtectables({ ...first, kind, enterpriseProjectId: "0" }, never),
        `GET /v3/p-1/protectables/${kind}/instances limit=1 offset=0 enterprise_project_id=0`,
      ],
    ),
  ])("%s", async (_, ask, request) => expect(await sent(ask)).toEqual([request]));
});
