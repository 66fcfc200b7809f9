import type { OperationLogBody, SimTask } from "./sim-task.ts";
import { type Life, type Outcome, timelineTask } from "./timeline-task.ts";
import { backupIdOf, seededFraction, seededUuid } from "./values.ts";

const operationTypes = ["backup", "backup", "backup", "backup", "copy", "replication", "restore", "delete"] as const;
const hour = 3600;

/**
 * `n` generated tasks in mixed states, for load tests: four in five ended some time in the last day, the others run or wait.
 * A task costs its id alone until it is asked for.
 */
export function manyTasks(n: number, seed = 1): readonly SimTask[] {
  return Array.from({ length: n }, (_, index) => {
    const id = seededUuid(`many/${seed}/${index}`);
    return { id, body: (moment) => generated(id, index).body(moment) };
  });
}

function generated(id: string, index: number): SimTask {
  const drawn = (what: string) => seededFraction(`${id}/${what}`);
  const operationType = operationTypes[index % operationTypes.length] ?? "backup";
  const number = String(index).padStart(5, "0");
  return timelineTask({
    id,
    operationType,
    outcome: outcomeOf(drawn("outcome")),
    life: lifeOf(drawn("state"), drawn("length")),
    resource: {
      type: drawn("type") < 0.7 ? "OS::Nova::Server" : "OS::Cinder::Volume",
      id: seededUuid(`${id}/resource`),
      name: `ecs-${number}`,
    },
    vaultName: `vault-${String(Math.floor(index / 250)).padStart(2, "0")}`,
    parts: () => partsOf(id, operationType, { backup_id: backupIdOf(id), backup_name: `autobk_${number}` }),
  });
}

function outcomeOf(fraction: number): Outcome {
  if (fraction < 0.82) return "success";
  if (fraction < 0.92) return "failed";
  return fraction < 0.96 ? "timeout" : "skipped";
}

function lifeOf(state: number, length: number): Life {
  if (state < 0.8) {
    const run = 60 + length * 2 * hour;
    return { ago: run + 10 + state * 24 * hour, wait: 10, run };
  }
  if (state < 0.95) return { ago: 20, wait: 15, run: 60 + length * 6 * hour };
  return { ago: 5, wait: 30 + length * 6 * hour, run: 600 };
}

function partsOf(
  id: string,
  operationType: (typeof operationTypes)[number],
  backup: { readonly backup_id: string; readonly backup_name: string },
): OperationLogBody {
  switch (operationType) {
    case "replication": {
      const source = { source_backup_id: backup.backup_id, source_backup_name: backup.backup_name };
      const destination = {
        destination_backup_id: seededUuid(`${id}/destination`),
        destination_region: "ap-southeast-3",
      };
      return { replication: { ...source, ...destination } };
    }
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
