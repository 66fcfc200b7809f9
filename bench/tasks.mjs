import { micros } from "../dist/base/micros.js";
import { decodeShowOpLog } from "../dist/cbr/answers/operation-log.js";
import { manyTasks } from "../dist/simulator/tasks/many-tasks.js";

const day = 24 * 3600 * 1000;

/** The project id that simulators and exporters of the bench use. */
export const projectId = "04f1829c788037ac2fb8c01eb2b04b95";

/** Which of so many tasks are live: as many as wanted, scattered over the list as chance would have it. */
export function isLive(index, { tasks, live }) {
  return Math.floor(((index + 1) * live) / tasks) > Math.floor((index * live) / tasks);
}

/** The simulator's many tasks, all of which have ended but for the live ones, which run for ever. */
export function benchTasks({ tasks, live }) {
  return manyTasks(tasks).map((task, index) => {
    const body = (moment) => task.body({ ...moment, beganMs: moment.beganMs - day, elapsedMs: day });
    if (!isLive(index, { tasks, live })) return { id: task.id, body, live: false };
    /** Kept, as it is asked for again and again. */
    let ended;
    function runningBody(moment) {
      ended ??= body(moment);
      return running(ended, moment);
    }
    return { id: task.id, body: runningBody, live: true };
  });
}

/** The same task before its end: each second another percent. */
function running(ended, { elapsedMs }) {
  const progress = 1 + (Math.floor(elapsedMs / 1000) % 98);
  const { common } = ended.extra_info;
  return {
    ...ended,
    status: "running",
    updated_at: new Date().toISOString().slice(0, -1),
    ended_at: null,
    error_info: { code: "", message: "" },
    extra_info: { ...ended.extra_info, common: { ...common, progress } },
  };
}

/** What ShowOpLog would bring of a task now, decoded. @param elapsedMs since the bench began */
export function answerOf(task, elapsedMs) {
  const now = Date.now();
  const body = task.body({ beganMs: now - elapsedMs, elapsedMs, projectId });
  const { log } = decodeShowOpLog({ operation_log: body }, task.id, {
    latest: micros((now + day) * 1000),
    intern: (text) => text,
  });
  return log;
}
