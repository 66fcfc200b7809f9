import { seededFraction, seededUuid } from "./seeded.ts";
import type { SimTask } from "./sim-task.ts";
import type { Outcome } from "./timeline.ts";
import { timelineTask } from "./timeline-task.ts";

const operationTypes = ["backup", "backup", "backup", "backup", "copy", "replication", "restore", "delete"] as const;
const hour = 3600;

/**
 * `n` generated tasks in mixed states, for load tests: four in five ended some time in the last day, the others run or wait.
 * A task costs its id alone until it is asked for.
 */
export function manyTasks(n: number, seed = 1): readonly SimTask[] {
  return Array.from({ length: n }, (_, index) => {
    const id = seededUuid(`many/${seed}/${index}`);
    const operationType = operationTypes[index % operationTypes.length] as string;
    return { id, operationType, body: (moment) => generated(id, operationType, index).body(moment) };
  });
}

function generated(id: string, operationType: string, index: number): SimTask {
  const drawn = (what: string) => seededFraction(`${id}/${what}`);
  return timelineTask({
    id,
    operationType,
    outcome: outcomeOf(drawn("outcome")),
    ...spans(drawn("state"), drawn("length")),
    resource: {
      type: drawn("type") < 0.7 ? "OS::Nova::Server" : "OS::Cinder::Volume",
      id: seededUuid(`${id}/resource`),
      name: `ecs-${String(index).padStart(5, "0")}`,
    },
    vaultName: `vault-${String(Math.floor(index / 250)).padStart(2, "0")}`,
    parts: () => partsOf(id, operationType, index),
  });
}

function outcomeOf(fraction: number): Outcome {
  if (fraction < 0.82) return "success";
  if (fraction < 0.92) return "failed";
  return fraction < 0.96 ? "timeout" : "skipped";
}

function spans(state: number, length: number): { agoSeconds: number; waitSeconds: number; runSeconds: number } {
  if (state < 0.8) {
    const runSeconds = 60 + length * 2 * hour;
    return { agoSeconds: runSeconds + 10 + state * 24 * hour, waitSeconds: 10, runSeconds };
  }
  if (state < 0.95) return { agoSeconds: 20, waitSeconds: 15, runSeconds: 60 + length * 6 * hour };
  return { agoSeconds: 5, waitSeconds: 30 + length * 6 * hour, runSeconds: 600 };
}

function partsOf(id: string, operationType: string, index: number): Readonly<Record<string, unknown>> {
  const backup = { backup_id: seededUuid(`${id}/backup`), backup_name: `autobk_${String(index).padStart(5, "0")}` };
  switch (operationType) {
    case "replication":
      return {
        replication: {
          source_backup_id: backup.backup_id,
          source_backup_name: backup.backup_name,
          destination_backup_id: seededUuid(`${id}/destination`),
          destination_region: "ap-southeast-3",
        },
      };
    case "restore":
      return { restore: { ...backup, target_resource_id: seededUuid(`${id}/resource`) } };
    case "delete":
      return { delete: backup };
    default:
      return {
        backup: { ...backup, incremental: "true", app_consistency_status: "0", app_consistency_error_code: "0" },
      };
  }
}
