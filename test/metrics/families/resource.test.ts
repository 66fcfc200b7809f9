import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import type { ResourceRecord } from "../../../src/estate/resources.ts";
import {
  resourceFamilies,
  resourceLabels,
  taskCountFamilies,
  taskCountLabels,
} from "../../../src/metrics/families/resource.ts";
import { recordsText } from "../../../src/metrics/family-text.ts";
import { noon, sampleLines } from "../support.ts";

const said = { at: noon, taskId: "t1" };
const unknown: ResourceRecord = { key: "p/r", project: "p", resourceId: "r", names: {}, operations: [] };
const linesOf = (resource: ResourceRecord) =>
  sampleLines(recordsText([resource], resourceFamilies, resourceLabels, "text"));

test("of a resource that a task has just named, its info alone", () => {
  expect(linesOf(unknown)).toEqual([
    'cbr_resource_info{project="p",resource_id="r",resource_name="",resource_type="",vault_id="",vault_name=""} 1',
  ]);
});

test("all that is known", () => {
  const resource: ResourceRecord = {
    ...unknown,
    names: {
      resourceName: { ...said, resourceName: 'the "db"', vaultName: "before" },
      resourceType: { ...said, resourceType: "OS::Nova::Server" },
      vaultId: { ...said, vaultId: "v" },
      vaultName: { ...said, vaultName: "n" },
    },
    operations: [
      {
        operationType: "backup",
        last: { ...said, status: "failed", seenAt: micros(noon + 2e6) },
        lastTimed: { ...said, status: "timeout", duration: micros(1_500_001) },
        lastSuccess: { ...said, status: "success" },
      },
      { operationType: "restore", last: { ...said, status: "skipped" } },
    ],
  };
  const of = 'project="p",resource_id="r"';
  expect(linesOf(resource)).toEqual([
    `cbr_resource_info{${of},resource_name="the \\"db\\"",resource_type="OS::Nova::Server",vault_id="v",vault_name="n"} 1`,
    `cbr_resource_last_success_timestamp_seconds{${of},operation_type="backup"} 1795521600`,
    `cbr_resource_last_duration_seconds{${of},operation_type="backup"} 1.500001`,
    `cbr_resource_last_status{${of},operation_type="backup",status="success"} 0`,
    `cbr_resource_last_status{${of},operation_type="backup",status="skipped"} 0`,
    `cbr_resource_last_status{${of},operation_type="backup",status="failed"} 1`,
    `cbr_resource_last_status{${of},operation_type="backup",status="timeout"} 0`,
    `cbr_resource_last_status{${of},operation_type="restore",status="success"} 0`,
    `cbr_resource_last_status{${of},operation_type="restore",status="skipped"} 1`,
    `cbr_resource_last_status{${of},operation_type="restore",status="failed"} 0`,
    `cbr_resource_last_status{${of},operation_type="restore",status="timeout"} 0`,
    `cbr_resource_last_ended_timestamp_seconds{${of},operation_type="backup"} 1795521600`,
    `cbr_resource_last_ended_timestamp_seconds{${of},operation_type="restore"} 1795521600`,
    `cbr_resource_last_finish_seen_timestamp_seconds{${of},operation_type="backup"} 1795521602`,
  ]);
});

test("tasks held are counted for every status", () => {
  const count = { key: "p/backup", project: "p", operationType: "backup", tasks: { failed: 2, unknown: 0 } };
  expect(sampleLines(recordsText([count], taskCountFamilies, taskCountLabels, "text"))).toEqual(
    Object.entries({ success: 0, skipped: 0, failed: 2, running: 0, timeout: 0, waiting: 0, unknown: 0 }).map(
      ([status, value]) => `cbr_tasks{project="p",operation_type="backup",status="${status}"} ${value}`,
    ),
  );
});
