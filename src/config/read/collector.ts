import type { Micros } from "../../base/micros.ts";
import { isName } from "../../base/patterns.ts";
import { hint, nearestKey } from "../nearest-key.ts";
import { absolutePattern } from "../task-files/find-files.ts";
import type { ListedId, TaskFilesEntry } from "../task-lists.ts";
import { child, items, textOf } from "../yaml/tree.ts";
import { type DiscoverConfig, discover } from "./discover.ts";
import { booleanField, nameField, takeName, textField } from "./fields.ts";
import { type InventoryConfig, inventory } from "./inventory.ts";
import { listOf, mapOf, orDefault, required } from "./kind.ts";
import { type Labels, labelsField, mergedLabels } from "./labels.ts";
import { below, type MapPlace, mayHave, notice, type Place, tell, type Wrong, warn, wrong } from "./place.ts";
import type { ProjectConfig } from "./project.ts";
import { bothDaysNotice, scheduleField, scheduleWarnings, timezoneField } from "./schedule.ts";
import { listedIds, type TaskConfig, tasks } from "./tasks.ts";

export interface CollectorConfig {
  readonly name: string;
  /** Name of the project. */
  readonly project: string;
  /** Cron expression, 5 fields or 6 with seconds first. */
  readonly schedule: string;
  /** IANA name of the schedule's timezone. */
  readonly timezone: string;
  readonly runOnStart: boolean;
  /** Those of `tasks`, in their order. */
  readonly tasks: readonly TaskConfig[];
  /** `task_files`: absolute paths or glob patterns; characters that are special in a pattern but stand in a path are escaped. */
  readonly taskFiles: readonly string[];
  /** How it finds tasks by itself; absent where it does not. */
  readonly discover?: DiscoverConfig;
  /** What it looks at beside tasks; absent where it does not. */
  readonly inventory?: InventoryConfig;
  /** Extra labels for every task of this collector. */
  readonly labels: Labels;
}

/** What is known of a collector before its task files are read. */
export interface CollectorDraft {
  readonly config: CollectorConfig;
  readonly map: MapPlace;
}

const entryPattern = /^[\s\S]{1,1024}$/;

const entryField = textField({
  what: "a path or pattern of 1 to 1024 characters",
  about: "Relative to the configuration file.",
  pattern: entryPattern,
});

export const collector = mapOf(
  {
    what: "a map with name, schedule and tasks",
    about: "Polls its tasks at the times of its schedule.",
    keys: {
      name: required(nameField("The collector's name; unique.")),
      project: nameField("The project of its tasks; may be left out when there is one.", "the name of a project"),
      schedule: scheduleField("When to poll; in quotes, because of the `*`."),
      timezone: orDefault("UTC", timezoneField("The timezone of the schedule, whatever the machine's own is.")),
      run_on_start: orDefault(
        true,
        booleanField("Whether to poll once at the start, without waiting for the schedule."),
      ),
      tasks,
      task_files: listOf(
        {
          what: "a list of paths or patterns, such as [ tasks/*.yaml ]",
          about: "Files of such lists, looked at before each run; it, `tasks`, `discover` or `inventory` is needed.",
        },
        entryField,
      ),
      discover,
      inventory,
      labels: labelsField("Extra labels of `cbr_task_config_info` for all its tasks."),
    },
    rules: {
      anyOf: [
        { required: ["tasks"] },
        { required: ["task_files"], properties: { task_files: { minItems: 1 } } },
        { required: ["discover"] },
        { required: ["inventory"] },
      ],
    },
  },
  (map, values): CollectorDraft | Wrong => {
    takeName(map, "collectors");
    const files = child(map.tree, "task_files");
    const hasNone = files?.kind === "list" && files.items.length === 0;
    if (!["tasks", "discover", "inventory", ...(hasNone ? [] : ["task_files"])].some((key) => mayHave(map, key))) {
      tell(map, "tasks, task_files, discover or inventory is missing; write tasks: [] for none");
    }
    const project = projectOf(map);
    const entries = entriesIn(below(map, "task_files"));
    // A name never holds a space.
    const scope = project ?? ` ${map.path[1]}`;
    map.reading.taskLists.push({ scope, tasks: listedIn(below(map, "tasks")), files: entries });
    if (!values || project === undefined) return wrong;
    const { name, schedule, timezone, labels = {} } = values;
    const config = {
      name,
      project,
      schedule,
      timezone,
      runOnStart: values.run_on_start,
      tasks: (values.tasks ?? []).map((task) => withLabels(task, labels)),
      taskFiles: entries.map(({ pattern }) => pattern),
      ...(values.discover && { discover: values.discover }),
      ...(values.inventory && { inventory: values.inventory }),
      labels,
    };
    return { config, map };
  },
);

/**
 * Tells what can be seen of a collector only once its task files are read.
 * @param count of its tasks; @param now without it no schedule is judged
 */
export function judgeCollector(
  { config, map }: CollectorDraft,
  count: number,
  projects: readonly ProjectConfig[],
  now: Micros | undefined,
): void {
  const { schedule, timezone } = config;
  const place = below(map, "schedule");
  const bothDays = bothDaysNotice(schedule);
  if (bothDays !== undefined) notice(place, bothDays);
  const { rateLimit } = projects.find(({ name }) => name === config.project) ?? {};
  if (rateLimit === undefined || now === undefined) return;
  for (const message of scheduleWarnings({ schedule, timezone, tasks: count, rateLimit, now })) warn(place, message);
}

function withLabels(task: TaskConfig, labels: Labels): TaskConfig {
  return { ...task, labels: mergedLabels(labels, task.labels) };
}

function entriesIn({ tree, path, reading }: Place): readonly TaskFilesEntry[] {
  return items(tree).flatMap((item, index): TaskFilesEntry[] => {
    if (item.kind !== "text" || !entryPattern.test(item.text)) return [];
    const { text, expanded, at } = item;
    return [{ pattern: absolutePattern(reading.folder, text), text, expanded, at, path: [...path, index] }];
  });
}

function listedIn({ tree, path }: Place): readonly ListedId[] {
  return listedIds(tree).map((listed) => ({ ...listed, path: [...path, ...listed.path] }));
}

/** The name of its project; undefined while that is not known, which is told. */
function projectOf(map: MapPlace): string | undefined {
  const names = items(child(map.reading.root, "projects")).map((project) => child(project, "name"));
  const [first, ...others] = names;
  const given = child(map.tree, "project");
  if (!given) {
    if (others.length === 0) return textOf(first);
    if (mayHave(map, "project")) return undefined;
    tell(below(map, "project"), "is missing; it may be left out only when there is one project");
    return undefined;
  }
  if (given.kind !== "text" || !isName(given.text)) return undefined;
  const { text, expanded } = given;
  const known = names.flatMap((name) => (name?.kind === "text" && isName(name.text) ? [name] : []));
  if (known.some((name) => name.text === text)) return text;
  // A project whose own name is wrong may be the one that is meant.
  if (names.length === 0 || known.length < names.length) return undefined;
  const quotable = known.filter((name) => !name.expanded).map((name) => name.text);
  const word = expanded ? "unknown project" : `unknown project "${text}"`;
  const nearest = expanded ? undefined : nearestKey(text, quotable);
  tell(below(map, "project"), word + (hint(nearest) || "; write the name of one of the projects"));
  return undefined;
}
