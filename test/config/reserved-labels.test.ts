import { expect, test } from "vitest";
import { isReservedLabel } from "../../src/config/reserved-labels.ts";

test.each(["job", "instance", "le", "__name__", "__", "project", "task_id", "status", "node_version", "backup_name"])(
  "%s is reserved",
  (name) => expect(isReservedLabel(name)).toBe(true),
);

test.each(["team", "_team", "jobs", "constructor", "Project"])("%s is free", (name) =>
  expect(isReservedLabel(name)).toBe(false),
);
