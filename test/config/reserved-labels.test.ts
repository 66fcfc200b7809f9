import { expect, test } from "vitest";
import { isReservedLabel, reservedLabels } from "../../src/config/reserved-labels.ts";
import { taskFamilies } from "../../src/metrics/task-families.ts";

test("the names of Prometheus, of the task families and of cbr_resource_info are reserved, and no others", () => {
  const ofTasks = taskFamilies.flatMap(({ labelNames }) => labelNames).filter((name) => name !== "extra labels");
  const ofResources = ["project", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"];
  expect([...reservedLabels].toSorted()).toEqual(
    [...new Set(["job", "instance", "le", "project", "task_id", ...ofTasks, ...ofResources])].toSorted(),
  );
});

test.each(["job", "le", "__name__", "__", "task_id", "backup_name"])("%s is reserved", (name) =>
  expect(isReservedLabel(name)).toBe(true),
);

test.each([
  ...["team", "_team", "jobs", "constructor", "Project"],
  // Label names of other families, with which no task is joined.
  ...["operation", "code", "field", "result", "method", "version", "revision", "node_version", "shard", "kind"],
])("%s is free", (name) => expect(isReservedLabel(name)).toBe(false));
