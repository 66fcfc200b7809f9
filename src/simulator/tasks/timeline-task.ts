import type { OperationLogBody, SimTask } from "./sim-task.ts";
import { apiTime, checkpointIdOf, seededFraction, seededUuid, type TimeSpelling, vaultIdOf } from "./values.ts";

/** The resource that a task works on, as the API writes it (`reference/show-op-log.md`, Resource). */
export interface SimResource {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  /** Of a server: which of its disks a backup takes. */
  readonly extra_info?: {
    readonly exclude_volumes?: readonly string[];
    readonly include_volumes?: readonly { readonly id: string; readonly os_version: string }[];
  };
}

/** How a task can end, and the percent that it reaches there unless told otherwise. */
const outcomes = { success: 100, failed: 60, timeout: 60, skipped: 0 } as const;

export type Outcome = keyof typeof outcomes;

/** In seconds; `Infinity` waits or runs for ever. */
export interface Life {
  /** From creation until the simulator got the task. Default 0. */
  readonly ago?: number;
  /** From creation to start. */
  readonly wait: number;
  /** From start to end. */
  readonly run: number;
}

export interface TimelineTaskOptions {
  readonly id: string;
  /** Default `backup`. */
  readonly operationType?: string;
  /** Default `success`. */
  readonly outcome?: Outcome;
  readonly life: Life;
  /** Percent reached at the end. Default 100 for success, 0 for skipped, else 60. */
  readonly stopsAt?: number;
  /** `error_info` once the task has ended. Default: a code of our own for `failed`, else none. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly resource?: SimResource;
  readonly vaultName?: string;
  readonly policyId?: string;
  readonly providerId?: string;
  /** Default `micros`. */
  readonly spelling?: TimeSpelling;
  /** The parts of `extra_info` that belong to the operation type. @param progress percent, whole, 0–100 */
  readonly parts?: (progress: number) => OperationLogBody;
}

/** A task that moves on its own: waiting, running with a growing progress, then ended for good. */
export function timelineTask(options: TimelineTaskOptions): SimTask {
  let drawn: Drawn | undefined;
  /** What is said of it once it has ended, which a listing of thousands says again and again. */
  let last: { readonly beganMs: number; readonly endedAt: number; readonly body: OperationLogBody } | undefined;
  return {
    id: options.id,
    body({ beganMs, elapsedMs, projectId }) {
      const elapsed = Math.round(elapsedMs * 1000);
      if (last?.beganMs === beganMs && elapsed >= last.endedAt) return { ...last.body, project_id: projectId };
      drawn ??= drawnFrom(options);
      const phase = phaseAt(options, drawn.earlier, elapsed);
      const body = bodyOf(options, drawn, phase, Math.round(beganMs * 1000));
      if (phase.endedAt !== undefined) last = { beganMs, endedAt: phase.endedAt, body };
      return { ...body, project_id: projectId };
    },
  };
}

/** What depends on the task's id alone. */
interface Drawn {
  /** Microseconds. */
  readonly earlier: number;
  readonly checkpointId: string;
  readonly requestId: string;
  readonly taskId: string;
  readonly vaultId: string;
}

function drawnFrom({ id, vaultName = "" }: TimelineTaskOptions): Drawn {
  return {
    // Up to 999 µs earlier than asked, so that times have the cloud's six digits and a phase has begun when a test's whole
    // second says so.
    earlier: Math.floor(seededFraction(id) * 1000),
    checkpointId: checkpointIdOf(id),
    requestId: `req-${seededUuid(`${id}/request`)}`,
    taskId: seededUuid(`${id}/task`),
    vaultId: vaultIdOf(vaultName),
  };
}

/** Where a task stands; its times are whole microseconds since the simulator got it, before that less than 0. */
interface Phase {
  readonly status: "waiting" | "running" | Outcome;
  readonly progress: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

function phaseAt(options: TimelineTaskOptions, earlier: number, elapsed: number): Phase {
  const { outcome = "success", stopsAt = outcomes[outcome], life } = options;
  const micros = (seconds: number) => Math.round(seconds * 1e6);
  const createdAt = -micros(life.ago ?? 0) - earlier;
  const startedAt = createdAt + micros(life.wait);
  if (elapsed < startedAt) return { status: "waiting", progress: 0, createdAt, updatedAt: createdAt };
  const run = micros(life.run);
  const endedAt = startedAt + run;
  if (elapsed >= endedAt) {
    return { status: outcome, progress: stopsAt, createdAt, updatedAt: endedAt, startedAt, endedAt };
  }
  const progress = Math.floor((stopsAt * (elapsed - startedAt)) / run);
  // The record changed last when this percent was reached (0 · Infinity, of a run without end, is no number).
  const reached = progress === 0 ? 0 : Math.ceil((progress * run) / stopsAt);
  return { status: "running", progress, createdAt, updatedAt: startedAt + reached, startedAt };
}

const noError = { code: "", message: "" };
const simulatedFailure = { code: "BackupService.9999", message: "Simulated failure." };

function bodyOf(options: TimelineTaskOptions, drawn: Drawn, phase: Phase, beganAt: number): OperationLogBody {
  const { id, operationType = "backup", resource, vaultName, policyId, providerId, spelling, parts } = options;
  const { error = options.outcome === "failed" ? simulatedFailure : noError } = options;
  // null rather than absent: the cloud may answer either, and a client has to take both.
  const time = (at: number | undefined) => (at === undefined ? null : apiTime(beganAt + at, spelling));
  return {
    id,
    status: phase.status,
    operation_type: operationType,
    created_at: time(phase.createdAt),
    started_at: time(phase.startedAt),
    updated_at: time(phase.updatedAt),
    ended_at: time(phase.endedAt),
    checkpoint_id: drawn.checkpointId,
    ...(providerId !== undefined && { provider_id: providerId }),
    ...(policyId !== undefined && { policy_id: policyId }),
    ...(vaultName !== undefined && { vault_id: drawn.vaultId, vault_name: vaultName }),
    error_info: phase.endedAt === undefined ? noError : error,
    extra_info: {
      common: {
        progress: phase.progress,
        request_id: drawn.requestId,
        task_id: drawn.taskId, // not the task's id, as in the cloud
      },
      ...(resource && { resource }),
      ...parts?.(phase.progress),
    },
  };
}
