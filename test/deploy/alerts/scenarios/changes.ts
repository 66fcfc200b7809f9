import type { CollectorConfig, Config, ProjectConfig } from "../../../../src/config/config.ts";
import type { Fault } from "../../../../src/simulator/faults/kinds.ts";
import type { World } from "../world.ts";

type Change = (config: Config) => Config;

/** All that the cloud, its IAM and the metadata service are asked is answered so from now on; undefined: rightly. */
export function everything(fault: Fault | undefined): (world: Pick<World, "cloud">) => void {
  return tasks(fault, "*", "cbr:list", "iam:tokens", "iam:projects", "metadata");
}

/** What CBR is asked about these tasks is answered so from now on. */
export function tasks(fault: Fault | undefined, ...ids: readonly string[]): (world: Pick<World, "cloud">) => void {
  return ({ cloud }) => {
    for (const id of ids) cloud.setFault(id, fault);
  };
}

/** The project is other than usual. */
export function project(part: Partial<ProjectConfig>): Change {
  return (config) => ({ ...config, projects: config.projects.map((each) => ({ ...each, ...part })) });
}

/** The collector is other than usual. */
export function collector(part: Partial<CollectorConfig>): Change {
  return (config) => ({ ...config, collectors: config.collectors.map((each) => ({ ...each, ...part })) });
}

/** A failed request is not sent again before the next poll. */
export const impatient: Change = project({ retries: 0 });

/** Lists these too, though the cloud need not have them. */
export function also(...ids: readonly string[]): Change {
  return perCollector((each) => [{ ...each, tasks: [...each.tasks, ...ids.map((id) => ({ id, labels: {} }))] }]);
}

/** Lists this one no longer. */
export function without(id: string): Change {
  return perCollector((each) => [{ ...each, tasks: each.tasks.filter((task) => task.id !== id) }]);
}

/** A collector for each task, of its name. */
export const eachAlone: Change = perCollector((each) =>
  each.tasks.map((task) => ({ ...each, name: task.id, tasks: [task] })),
);

/** A second project beside the first, with a collector of that task alone. */
export function secondProject(part: Partial<ProjectConfig> & { readonly name: string }, task: string): Change {
  return ({ projects, collectors }) => ({
    projects: projects.flatMap((each) => [each, { ...each, ...part }]),
    collectors: collectors.map((each) => (each.name === task ? { ...each, project: part.name } : each)),
  });
}

/** One change after another. */
export function both(...changes: readonly Change[]): Change {
  return (config) => changes.reduce((changed, change) => change(changed), config);
}

function perCollector(change: (collector: CollectorConfig) => readonly CollectorConfig[]): Change {
  return (config) => ({ ...config, collectors: config.collectors.flatMap(change) });
}
