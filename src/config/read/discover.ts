import { enterpriseProjectField, namesOf } from "./cloud-names.ts";
import { durationField, numberField, textField } from "./fields.ts";
import { listOf, mapOf, orDefault } from "./kind.ts";
import { below, notice, type Wrong, wrong } from "./place.ts";

/** How a collector finds its tasks by itself (ListOpLogs). */
export interface DiscoverConfig {
  /** How far the first listing looks back. */
  readonly sinceMs: number;
  /** Values of `operation_type`; none: all. */
  readonly operationTypes: readonly string[];
  /** Ids or names; none: all. */
  readonly vaults: readonly string[];
  /** Ids or names; none: all. */
  readonly resources: readonly string[];
  /** An id, or `all_granted_eps`; sent only when given. */
  readonly enterpriseProjectId?: string;
  /** Finished tasks beyond this number, the oldest, have no series of their own; unfinished ones always have. */
  readonly maxTasks: number;
  /** How long after its end a task keeps its own series. */
  readonly keepMs: number;
}

const day = 24 * 3600 * 1000;

const word = textField({
  what: "an operation type, such as backup",
  about: "A value of the API's `operation_type`.",
  pattern: /^[a-z0-9_]{1,64}$/,
});

export const discover = mapOf(
  {
    what: "a map, as discover: {} with all its defaults",
    about: "Finds tasks by itself, through ListOpLogs.",
    keys: {
      since: orDefault(
        "7d",
        durationField({
          what: "a duration from 1h to 31d, such as 7d",
          about: "How far the first listing looks back; later ones list only what can have changed.",
          min: day / 24,
          max: 31 * day,
        }),
      ),
      operation_types: listOf(
        {
          what: "a list of operation types, such as [backup]",
          about: "The operations that are taken; all, unless given.",
        },
        word,
      ),
      vaults: namesOf("vault", "The vaults whose tasks are taken; all, unless given."),
      resources: namesOf("resource", "The resources whose tasks are taken; all, unless given."),
      enterprise_project_id: enterpriseProjectField(
        "Asks for the tasks of an enterprise project; sent only when given.",
      ),
      max_tasks: orDefault(
        2000,
        numberField({
          what: "a whole number from 0 to 50000",
          about: "Finished tasks beyond it, the oldest, have no series of their own; unfinished ones always have.",
          unit: "tasks",
          min: 0,
          max: 50_000,
          whole: true,
        }),
      ),
      keep: orDefault(
        "24h",
        durationField({
          what: "a duration from 0s to 31d, such as 24h",
          about: "How long after its end, or after it was seen to finish, a task keeps its own series.",
          min: 0,
          max: 31 * day,
        }),
      ),
    },
  },
  (map, values): DiscoverConfig | Wrong => {
    if (!values) return wrong;
    const { since, operation_types, vaults, resources, enterprise_project_id, max_tasks, keep } = values;
    if (keep < day) {
      notice(
        below(map, "keep"),
        "with less than 24h a task's alerts end when its series do; those of its resource go on",
      );
    }
    return {
      sinceMs: since,
      operationTypes: operation_types ?? [],
      vaults: vaults ?? [],
      resources: resources ?? [],
      ...(enterprise_project_id !== undefined && { enterpriseProjectId: enterprise_project_id }),
      maxTasks: max_tasks,
      keepMs: keep,
    };
  },
);
