import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeListBackups } from "../../../src/cbr/answers/backup.ts";
import type { AnswerContext, Page } from "../../../src/cbr/answers/page.ts";
import { decodeListPolicies } from "../../../src/cbr/answers/policy.ts";
import { decodeListProtectable } from "../../../src/cbr/answers/protectable.ts";
import { decodeListVault } from "../../../src/cbr/answers/vault.ts";
import { at, context, example, good, latest } from "../../support/inventory.ts";

interface List {
  readonly decode: (answer: unknown, context: AnswerContext) => Page<{ id: string }> | { readonly unusable: string };
  readonly name: string;
  readonly of: string;
  readonly example: Parameters<typeof example>[0];
  /** A record of which nothing but its id is known. */
  readonly bare: object;
  /** The fields that are read, by what they are; `x[].y` is the field `y` of one object of the list `x`. */
  readonly paths: Readonly<Partial<Record<FieldKind, readonly string[]>>>;
  /** What is known once the objects and lists on the way to a field are there, and the field itself is of no use. */
  readonly around?: Readonly<Record<string, object>>;
}

type FieldKind = "text" | "code" | "time" | "size" | "percent" | "flag" | "id" | "status" | "part" | "list" | "zone";

const resource = { id: "r", protectStatus: "unknown" };

const lists: readonly List[] = [
  {
    decode: decodeListVault,
    name: "vaults",
    of: "vaults",
    example: "list-vault",
    bare: { status: "unknown", resources: [] },
    paths: {
      text: [
        "name",
        "billing.protect_type",
        "billing.object_type",
        "billing.charging_mode",
        "billing.consistent_level",
        "resources[].name",
        "resources[].type",
      ],
      code: ["enterprise_project_id"],
      time: ["created_at"],
      size: [
        "billing.size",
        "billing.used",
        "billing.allocated",
        "resources[].size",
        "resources[].backup_size",
        "resources[].backup_count",
      ],
      percent: ["threshold"],
      flag: ["auto_expand", "resources[].auto_protect"],
      status: ["billing.status", "resources[].protect_status"],
      part: ["billing"],
      list: ["resources"],
    },
    around: { resources: { resources: [resource] } },
  },
  {
    decode: decodeListPolicies,
    name: "policies",
    of: "policies",
    example: "list-policies",
    bare: { patterns: [], vaults: [] },
    paths: {
      text: ["name", "operation_type"],
      flag: ["enabled"],
      part: ["trigger", "trigger.properties", "operation_definition"],
      list: ["trigger.properties.pattern", "associated_vaults"],
      id: ["associated_vaults[].destination_vault_id"],
      zone: ["operation_definition.timezone"],
    },
    around: { associated_vaults: { vaults: [{ vaultId: "r" }] } },
  },
  {
    decode: decodeListBackups,
    name: "backups",
    of: "backups",
    example: "list-backups",
    bare: { status: "unknown" },
    paths: {
      text: ["image_type", "resource_name", "resource_type"],
      id: ["resource_id", "vault_id"],
      status: ["status"],
      time: ["created_at", "protected_at"],
    },
  },
  {
    decode: decodeListProtectable,
    name: "instances",
    of: "instances",
    example: "list-protectable",
    bare: {},
    paths: {
      text: ["name", "type", "status"],
      size: ["size"],
      flag: ["protectable.result"],
      part: ["protectable", "protectable.vault"],
      id: ["protectable.vault.id"],
    },
    around: { "protectable.vault.id": { isInVault: true } },
  },
];

/** Values that a field of a kind cannot use. */
const malformed: Readonly<Record<FieldKind, readonly unknown[]>> = {
  text: [true, 7, ["x"], { x: 1 }, "x".repeat(1025)],
  code: [true, 1.5, ["x"], { x: 1 }, "x".repeat(1025)],
  time: ["yesterday", 1_558_621_896, {}, "1999-12-31T23:59:59.999999", "1999-12-31 23:59:59", "2026-06-01 12:00:01"],
  size: [-1, 1.5, "many", "-1", "12 ", "1.5", true, [1], 2 ** 53],
  percent: [-1, 101, "101", "80 %", true, [80]],
  flag: [2, "yes", {}, [true]],
  id: [7, "../x", "a b", "x".repeat(65), {}, ["x"]],
  status: [3, true, {}, ["available"]],
  part: ["x", 7, true, []],
  list: ["x", 7, true, {}, [7], [null], [["x"]]],
  zone: [
    "Asia/Shanghai",
    "utc+08:00",
    "UTC+8h",
    "UTC+24:00",
    "UTC+08:60",
    "UTC+08:00 ",
    "+08:00",
    "UTC8",
    "xUTC",
    8,
    ["UTC+08:00"],
  ],
};

describe.each(lists)("$name", ({ decode, name, of, example: file, bare, paths, around = {} }) => {
  const everyPath = Object.values(paths).flat();

  /** The one record of a page, and its fields that cannot be used. */
  function decoded(record: object) {
    const { records, invalidFields } = good(decode({ [name]: [{ id: "a", ...record }] }, context));
    return { record: records[0], invalidFields };
  }

  /** A record with a value at a path; the objects of lists on the way have the id that makes them of use. */
  function withValue(path: string, value: unknown): Record<string, unknown> {
    const list = /^(.*)\[\]/.exec(path)?.[1];
    const own = list === "associated_vaults" ? "vault_id" : "id";
    return at(path, value, list === undefined ? {} : at(`${list}[].${own}`, "r"));
  }

  function expected(path: string): object {
    return { id: "a", ...bare, ...(around[path] ?? around[/^(.*)\[\]/.exec(path)?.[1] ?? ""]) };
  }

  test("the vendor's example has no field that cannot be used", () => {
    const page = good(decode(example(file), context));
    expect(page.invalidFields).toEqual([]);
    expect(page.records).toHaveLength(page.received);
    expect(page.received).toBeGreaterThan(3);
  });

  test("an answer without the list is none", () => {
    expect(decode({ count: 0 }, context)).toEqual({ unusable: `the answer holds no list of ${of}` });
  });

  test("of a record with nothing but its id nothing else is known", () => {
    expect(decoded({})).toEqual({ record: { id: "a", ...bare }, invalidFields: [] });
  });

  describe.each(everyPath.filter((path) => path !== "protectable.vault"))("%s", (path) => {
    test.each([[null], [""], [undefined]])("is simply not there when it is %j", (value) => {
      const record = withValue(path, value);
      // That there is a vault is known without its id.
      const isList = path in around && !path.includes(".");
      expect(decoded(record)).toEqual({
        record: isList ? { id: "a", ...bare } : expected(path),
        invalidFields: [],
      });
    });
  });

  const wrong = Object.entries(paths).flatMap(([kind, ofKind]) =>
    ofKind.flatMap((path) => malformed[kind as FieldKind].map((value): [string, unknown] => [path, value])),
  );
  test.each(wrong)("%s: %j leaves out its own field alone, and is counted by its path", (path, value) => {
    const isList = paths.list?.includes(path);
    expect(decoded(withValue(path, value))).toEqual({
      record: isList ? { id: "a", ...bare } : expected(path),
      invalidFields: [path.replaceAll("[]", "")],
    });
  });

  test("all records and their lists are frozen", () => {
    for (const record of good(decode(example(file), context)).records) {
      expect(Object.isFrozen(record)).toBe(true);
      for (const value of Object.values(record))
        if (typeof value === "object") expect(Object.isFrozen(value)).toBe(true);
    }
  });

  test.each([
    ["any JSON", fc.jsonValue()],
    ["anything", fc.anything()],
    ["any JSON at the documented places", shaped()],
  ])("%s as a record: no throw, and nothing of the others is lost", (_, record) => {
    const others = (example(file) as Record<string, unknown[]>)[name] ?? [];
    const alone = good(decode({ [name]: others }, context));
    fc.assert(
      fc.property(record, (any) => {
        const page = good(decode({ [name]: [others[0], any, ...others.slice(1)] }, context));
        expect(page.received).toBe(others.length + 1);
        const { records } = page;
        const [first, ...rest] = alone.records;
        const isDropped = records.length === alone.records.length;
        expect(records[0]).toEqual(first);
        expect(records.slice(isDropped ? 1 : 2)).toEqual(rest);
        if (isDropped) expect(page.invalidFields).toEqual(["id"]);
        const known = [
          ...everyPath,
          "id",
          "resources.id",
          "associated_vaults.vault_id",
          "trigger.properties.start_time",
        ];
        for (const field of page.invalidFields) expect(known.map((path) => path.replaceAll("[]", ""))).toContain(field);
        for (const value of Object.values(records[1] ?? {})) {
          expect(value).not.toSatisfy((v) => v === null || v === "" || v === undefined || Number.isNaN(v));
        }
      }),
    );
  });

  test("any JSON as the whole answer: no throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (answer) => {
        const page = decode(answer, context);
        expect("unusable" in page ? page.unusable : "a page").not.toBe("");
      }),
    );
  });

  function shaped() {
    return fc
      .array(fc.tuple(fc.constantFrom(...everyPath), fc.jsonValue()), { maxLength: 12 })
      .map((fields) =>
        fields.reduce<Record<string, unknown>>((record, [path, value]) => at(path, value, record), { id: "x" }),
      );
  }
});

test("a time after the latest that may be is malformed, the latest itself is not", () => {
  const page = (created_at: string) => good(decodeListBackups({ backups: [{ id: "a", created_at }] }, context));
  expect(page("2026-06-01 12:00:00").records[0]?.createdAt).toBe(latest);
  expect(page("2026-06-01 12:00:00.000001").invalidFields).toEqual(["created_at"]);
});
