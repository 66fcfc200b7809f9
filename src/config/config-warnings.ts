import type { Micros } from "../base/micros.ts";
import type { Config, ProjectConfig } from "./config.ts";
import type { Path } from "./path.ts";
import type { Problem } from "./problem.ts";
import { bothDaysNotice, scheduleWarnings } from "./schedule-remarks.ts";
import { follow, type Tree } from "./yaml/tree.ts";

/** What is allowed, but probably not meant. */
export function configWarnings(config: Config, tree: Tree, now: Micros | undefined): readonly Problem[] {
  const warn = (path: Path, message: string | undefined): readonly Problem[] => placed(tree, path, message);
  const ofProjects = config.projects.flatMap((project, index) => {
    const path = ["projects", index, "tls_config"];
    if (!project.tls) return [];
    if (!usesTls(project)) return warn(path, "has no effect: the endpoint is http://");
    return project.tls.insecureSkipVerify ? warn([...path, "insecure_skip_verify"], insecureMessage) : [];
  });
  const ofCollectors = config.collectors.flatMap((collector, index) => {
    const project = config.projects.find(({ name }) => name === collector.project);
    if (!project || now === undefined) return [];
    const { schedule, timezone } = collector;
    const tasks = collector.tasks.length + collector.fileTasks.length;
    const warnings = scheduleWarnings({ schedule, timezone, tasks, rateLimit: project.rateLimit, now });
    return warnings.flatMap((message) => warn(["collectors", index, "schedule"], message));
  });
  const none = config.collectors.length === 0 ? "there are none, so no task is polled" : undefined;
  return [...ofProjects, ...warn(["collectors"], none), ...ofCollectors];
}

/** What is right, but may be taken for something else. */
export function scheduleNotices({ collectors }: Config, tree: Tree): readonly Problem[] {
  return collectors.flatMap(({ schedule }, index) =>
    placed(tree, ["collectors", index, "schedule"], bothDaysNotice(schedule)),
  );
}

function placed(tree: Tree, path: Path, message: string | undefined): readonly Problem[] {
  return message === undefined ? [] : [{ at: follow(tree, path).tree.at, path, message }];
}

const insecureMessage =
  "certificates are not verified: whoever stands between can read the login; give the authority as ca_file instead";

function usesTls({ endpoint, iamEndpoint }: ProjectConfig): boolean {
  return [endpoint, iamEndpoint].some((url) => url?.startsWith("https:"));
}
