/** The JSON object `operation_log` of ShowOpLog's answer, just as it goes out; tests put anything in it. */
export type OperationLogBody = Readonly<Record<string, unknown>>;

/** What a task's body may depend on. */
interface Moment {
  /** When the simulator got the task (its own start, or `setTask`), in milliseconds since 1970. */
  readonly beganMs: number;
  /** Milliseconds since then. */
  readonly elapsedMs: number;
  readonly projectId: string;
}

/** A task of the simulated cloud. `body` is pure: the same moment, the same answer. */
export interface SimTask {
  readonly id: string;
  readonly operationType: string;
  body(moment: Moment): OperationLogBody;
}

/** A task that always answers `body`, which may be as wrong as a test needs it. */
export function fixedTask(id: string, body: OperationLogBody): SimTask {
  return { id, operationType: String(body["operation_type"] ?? ""), body: () => body };
}
