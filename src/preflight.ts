import { isSkewed } from "./cbr/answers/clock-skew.ts";
import { ApiError, Held } from "./cbr/api-error.ts";
import { type ListOperation, listsOf, rightsOf } from "./cbr/operations.ts";
import type { ProjectApi } from "./cbr/project-api.ts";
import type { CollectorConfig, Config, ProjectConfig } from "./config/config.ts";
import { type FirstLook, tasksAtFirst } from "./config/task-files/look-at-files.ts";
import type { TaskId } from "./tasks/operation-log.ts";

/** One thing that was tried, and what came of it. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** In a few words; for what is wrong, also what to do. */
  readonly said: string;
}

/** What came of trying one project. */
export interface ProjectFindings {
  readonly project: string;
  readonly findings: readonly Finding[];
}

/** Logs in to every project and asks for one task of each collector: what a new user with a real account runs first. */
export async function preflight(
  { config, firstLook }: { readonly config: Config; readonly firstLook: FirstLook },
  apiOf: (project: ProjectConfig) => ProjectApi,
): Promise<readonly ProjectFindings[]> {
  /** A task of each collector that has one. */
  const examplesOf = ({ name }: ProjectConfig): readonly Example[] =>
    config.collectors.flatMap((collector): Example[] => {
      const [task] = [...collector.tasks, ...tasksAtFirst(collector, firstLook)];
      return collector.project === name && task ? [[collector.name, task.id]] : [];
    });
  return Promise.all(
    config.projects.map(async (project) => {
      const api = apiOf(project);
      try {
        const collectors = config.collectors.filter((collector) => collector.project === project.name);
        const lists = listsToTry(collectors, api);
        return { project: project.name, findings: await tryProject(examplesOf(project), lists, project, api) };
      } finally {
        api.stop();
        await api.close();
      }
    }),
  );
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: ApiError | Error };

/** A collector's name, and one of its tasks. */
type Example = readonly [string, TaskId];

async function tryProject(
  examples: readonly Example[],
  lists: readonly ListToTry[],
  project: ProjectConfig,
  api: ProjectApi,
): Promise<readonly Finding[]> {
  const { signal } = new AbortController();
  const asked: [string, TaskId, Outcome][] = [];
  for (const [name, id] of examples) {
    const outcome = await outcomeOf(api.showOperationLog(id, signal));
    // What keeps everything from working is told once, not for each collector.
    if (isInTheWay(outcome)) return [loginFinding(project, outcome), clockFinding(api.skewMs())];
    asked.push([name, id, outcome]);
  }
  const outcomes = asked.map(([, , outcome]) => outcome);
  const listed: Outcome[] = [];
  for (const { read } of lists) listed.push(await outcomeOf(read(signal)));
  // Where nothing else can be asked for, a list tells whether the login is right.
  const instead = asked.length + lists.length === 0 ? [await outcomeOf(api.listOperationLogs(onlyOne, signal))] : [];
  const tried = [...outcomes, ...listed, ...instead];
  const answered = tried.find((o) => !isInTheWay(o) && reasonOf(o) !== "throttled") ?? tried[0];
  return [
    ...(answered ? [loginFinding(project, answered)] : []),
    clockFinding(api.skewMs()),
    ...getFinding(outcomes),
    ...lists.flatMap(({ right }, index) => listFinding(right, listed[index])),
    ...asked.map(([collector, id, outcome]) => taskFinding(collector, id, outcome)),
  ];
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    await work;
    return { ok: true };
  } catch (error) {
    return { ok: false, error: error as Error };
  }
}

function reasonOf(outcome: Outcome): string | undefined {
  if (outcome.ok) return undefined;
  if (outcome.error instanceof Held) return "throttled";
  return outcome.error instanceof ApiError ? outcome.error.reason : undefined;
}

/** Whether it was the way to the cloud that failed, or the login, rather than this one request. */
function isInTheWay(outcome: Outcome): outcome is Extract<Outcome, { ok: false }> {
  if (outcome.ok) return false;
  const { error } = outcome;
  // A right or a throttle of IAM's own is the login's matter.
  if (error instanceof ApiError && (!error.sent || error.cause instanceof ApiError)) return true;
  return !["not_found", "forbidden", "throttled", "bad_body"].includes(reasonOf(outcome) ?? "");
}

function loginFinding({ auth }: ProjectConfig, outcome: Outcome): Finding {
  const what = "login";
  if (isInTheWay(outcome)) return { what, ok: false, said: `${auth.method}: ${outcome.error.message}` };
  // The gateway can throttle before it looks at a login.
  const known = reasonOf(outcome) !== "throttled";
  return { what, ok: true, said: known ? auth.method : `${auth.method}: not known, the cloud throttles this project` };
}

function clockFinding(skewMs: number | undefined): Finding {
  const what = "clock";
  if (skewMs === undefined) return { what, ok: true, said: "unknown, no answer told the time" };
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const off = seconds < 2 ? "right" : `${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the cloud's`;
  const ok = !isSkewed(skewMs);
  return { what, ok, said: ok ? off : `${off}; set it right, or signatures will be refused` };
}

function getFinding(outcomes: readonly Outcome[]): readonly Finding[] {
  const what = "cbr:tasks:get";
  if (outcomes.length === 0) return [{ what, ok: true, said: "not tried, no task is listed" }];
  if (outcomes.some((outcome) => outcome.ok || reasonOf(outcome) === "not_found")) {
    return [{ what, ok: true, said: "granted" }];
  }
  const refused = outcomes.find((outcome) => reasonOf(outcome) === "forbidden");
  // Anything else that failed is told with the login, or with its task.
  return refused?.ok === false ? [{ what, ok: false, said: refused.error.message }] : [];
}

/** A list that collectors ask for. */
interface ListToTry {
  readonly right: string;
  /** Asks for one record of it. */
  read(signal: AbortSignal): Promise<unknown>;
}

const onlyOne = { limit: 1, offset: 0 };

function listsToTry(collectors: readonly CollectorConfig[], api: ProjectApi): readonly ListToTry[] {
  const kind = collectors.flatMap(({ inventory }) => inventory?.unprotected ?? [])[0];
  const eps = collectors.flatMap(({ inventory }) => inventory?.enterpriseProjectId ?? [])[0];
  const one = { ...onlyOne, ...(eps !== undefined && { enterpriseProjectId: eps }) };
  const reads: Partial<Record<ListOperation, ListToTry["read"]>> = {
    ListOpLogs: (signal) => api.listOperationLogs(onlyOne, signal),
    ListVault: (signal) => api.listVaults(one, signal),
    ListPolicies: (signal) => api.listPolicies(signal),
    ListBackups: (signal) => api.listBackups(one, signal),
    ...(kind && { ListProtectable: (signal: AbortSignal) => api.listProtectables({ kind, ...one }, signal) }),
  };
  return listsOf(collectors).flatMap((list) => {
    const read = reads[list];
    return read ? { right: rightsOf[list][0], read } : [];
  });
}

function listFinding(what: string, outcome: Outcome | undefined): readonly Finding[] {
  if (!outcome) return [];
  if (outcome.ok) return [{ what, ok: true, said: "granted" }];
  const throttled = reasonOf(outcome) === "throttled";
  const said = throttled ? "unknown, the cloud throttles this project" : outcome.error.message;
  // An outage is told with the login.
  return isInTheWay(outcome) ? [] : [{ what, ok: false, said }];
}

function taskFinding(collector: string, id: TaskId, outcome: Outcome): Finding {
  const what = `collector ${collector}`;
  if (outcome.ok) return { what, ok: true, said: `${id} found` };
  const held = outcome.error instanceof Held;
  return {
    what,
    ok: false,
    said: `${id}: ${held ? "not asked, the cloud throttles this project" : outcome.error.message}`,
  };
}

/** The findings as a table, a line each. */
export function preflightText(projects: readonly ProjectFindings[]): string {
  const rows = projects.flatMap(({ project, findings }) =>
    findings.map(({ what, ok, said }, at) => [at === 0 ? project : "", what, ok ? "ok" : "WRONG", said]),
  );
  const table = [["PROJECT", "CHECK", "RESULT", "DETAIL"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd())
    .join("\n")
    .concat("\n");
}

export function isAllRight(projects: readonly ProjectFindings[]): boolean {
  return projects.every(({ findings }) => findings.every(({ ok }) => ok));
}
