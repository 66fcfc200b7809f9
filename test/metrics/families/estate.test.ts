import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import type { PolicyRecord, ResourceEstate, VaultRecord } from "../../../src/estate/estate.ts";
import type { ResourceRecord } from "../../../src/estate/resources.ts";
import {
  policySeries,
  unprotectedCountSeries,
  unprotectedSeries,
  vaultSeries,
} from "../../../src/metrics/families/estate.ts";
import type { Series } from "../../../src/metrics/families/family.ts";
import { resourceFamilies, resourceLabels } from "../../../src/metrics/families/resource.ts";
import { recordsText } from "../../../src/metrics/family-text.ts";
import { noon, sampleLines } from "../support.ts";

const of = { key: "p/x", project: "p" };

function linesOf<R>({ families, labels }: Series<R>, records: readonly R[]): readonly string[] {
  return sampleLines(recordsText(records, families, labels, "text"));
}

function vaultLines(vault: Partial<VaultRecord["vault"]>, part: Partial<VaultRecord> = {}): readonly string[] {
  const record: VaultRecord = { ...of, vault: { id: "v", status: "available", ...vault }, resources: 0, ...part };
  return linesOf(vaultSeries, [record]);
}

const its = 'project="p",vault_id="v"';

test("of a vault of which nothing else is known, what it has none of, and its status", () => {
  expect(vaultLines({ status: "unknown" })).toEqual([
    `cbr_vault_info{${its},vault_name="",object_type="",protect_type="",charging_mode="",consistent_level="",enterprise_project_id=""} 1`,
    `cbr_vault_resources{${its}} 0`,
    ...["available", "lock", "frozen", "deleting", "error"].map(
      (status) => `cbr_vault_status{${its},status="${status}"} 0`,
    ),
    `cbr_vault_status{${its},status="unknown"} 1`,
  ]);
});

test("all that is known of a vault", () => {
  const vault = {
    name: "nightly",
    objectType: "server",
    protectType: "hybrid",
    chargingMode: "post_paid",
    consistentLevel: "app_consistent",
    enterpriseProjectId: "0",
    size: 100 * 2 ** 30,
    used: 0,
    allocated: 7,
    warningPercent: 80,
    autoExpand: false,
  };
  const policies = [
    { policyId: "b", operationType: "backup" },
    { policyId: "r", destinationVaultId: "w" },
  ];
  expect(vaultLines(vault, { resources: 3, policies }).filter((line) => !line.includes("_status"))).toEqual([
    `cbr_vault_info{${its},vault_name="nightly",object_type="server",protect_type="hybrid",charging_mode="post_paid",consistent_level="app_consistent",enterprise_project_id="0"} 1`,
    `cbr_vault_size_bytes{${its}} 107374182400`,
    `cbr_vault_used_bytes{${its}} 0`,
    `cbr_vault_allocated_bytes{${its}} 7`,
    `cbr_vault_resources{${its}} 3`,
    `cbr_vault_auto_expand{${its}} 0`,
    `cbr_vault_warning_ratio{${its}} 0.8`,
    `cbr_vault_policy_info{${its},policy_id="b",operation_type="backup",destination_vault_id=""} 1`,
    `cbr_vault_policy_info{${its},policy_id="r",operation_type="",destination_vault_id="w"} 1`,
  ]);
});

test("policies: what is known of them, and when they were and are due", () => {
  const policy = { id: "q", patterns: [], vaults: [] };
  const records: readonly PolicyRecord[] = [
    { ...of, policy },
    {
      ...of,
      policy: { ...policy, name: "nightly", operationType: "backup", enabled: true },
      lastDue: noon,
      nextDue: micros(noon + 86_400e6),
    },
  ];
  const labels = 'project="p",policy_id="q"';
  expect(linesOf(policySeries, records)).toEqual([
    `cbr_policy_info{${labels},policy_name="",operation_type=""} 1`,
    `cbr_policy_info{${labels},policy_name="nightly",operation_type="backup"} 1`,
    `cbr_policy_enabled{${labels}} 1`,
    `cbr_policy_last_due_timestamp_seconds{${labels}} 1795521600`,
    `cbr_policy_next_due_timestamp_seconds{${labels}} 1795608000`,
  ]);
});

test("what is in no vault, with or without a name, and how many of a kind", () => {
  const named = { ...of, resourceId: "r", name: "spare", type: "OS::Nova::Server" };
  const records = [named, { ...of, resourceId: "s" }];
  expect(linesOf(unprotectedSeries, records)).toEqual([
    'cbr_resource_unprotected_info{project="p",resource_id="r",resource_name="spare",resource_type="OS::Nova::Server"} 1',
    'cbr_resource_unprotected_info{project="p",resource_id="s",resource_name="",resource_type=""} 1',
  ]);
  const counts = [{ ...of, kind: "disk", count: 2 }];
  expect(linesOf(unprotectedCountSeries, counts)).toEqual(['cbr_unprotected_resources{project="p",kind="disk"} 2']);
});

test("of a resource, what an inventory says; names from there go before those of tasks", () => {
  const estate: ResourceEstate = {
    ...of,
    resourceId: "r",
    name: "db",
    vaultId: "v",
    isProtected: true,
    due: noon,
    restorePoints: [
      { imageType: "backup", at: micros(noon + 1) },
      { imageType: "replication", at: noon },
    ],
    backups: 0,
    backupSize: 5,
    size: 6,
    protectStatus: "protecting",
  };
  const said = { at: noon, taskId: "t" };
  const named = { ...said, resourceName: "before", resourceType: "OS::Nova::Server", vaultName: "of before" };
  const resource: ResourceRecord = {
    ...of,
    resourceId: "r",
    names: { resourceName: named, resourceType: named, vaultName: named },
    operations: [],
    estate,
  };
  const lines = (record: ResourceRecord) => linesOf({ families: resourceFamilies, labels: resourceLabels }, [record]);
  const labels = 'project="p",resource_id="r"';
  expect(lines(resource)).toEqual([
    `cbr_resource_info{${labels},resource_name="db",resource_type="OS::Nova::Server",vault_id="v",vault_name=""} 1`,
    `cbr_resource_protected{${labels}} 1`,
    `cbr_resource_last_restore_point_timestamp_seconds{${labels},image_type="backup"} 1795521600.000001`,
    `cbr_resource_last_restore_point_timestamp_seconds{${labels},image_type="replication"} 1795521600`,
    `cbr_resource_restore_point_due_timestamp_seconds{${labels}} 1795521600`,
    `cbr_resource_backups{${labels}} 0`,
    `cbr_resource_backup_size_bytes{${labels}} 5`,
    `cbr_resource_size_bytes{${labels}} 6`,
    ...["available", "error", "protecting", "restoring", "removing", "deleted", "unknown"].map(
      (status) => `cbr_resource_protect_status{${labels},status="${status}"} ${status === "protecting" ? 1 : 0}`,
    ),
  ]);
  const known = { ...of, resourceId: "r", restorePoints: [] };
  expect(lines({ ...resource, estate: known })).toEqual([
    `cbr_resource_info{${labels},resource_name="before",resource_type="OS::Nova::Server",vault_id="",vault_name="of before"} 1`,
  ]);
});
