import { apiTime, type TimeSpelling } from "./api-time.ts";
import { seededFraction, seededUuid } from "./seeded.ts";
import type { OperationLogBody, SimTask } from "./sim-task.ts";
import { type Outcome, type Phase, phaseAt, type Timeline } from "./timeline.ts";

/** The resource that a task works on, as the API writes it (`reference/show-op-log.md`, Resource). */
export interface SimResource {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

export interface TimelineTaskOptions {
  readonly id: string;
  readonly operationType: string;
  readonly outcome: Outcome;
  /** Seconds from creation to start; `Infinity` waits for ever. */
  readonly waitSeconds: number;
  /** Seconds from start to end; `Infinity` never ends. */
  readonly runSeconds: number;
  /** How long before the simulator got it the task was created. Default 0. */
  readonly agoSeconds?: number;
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
  /** The parts of `extra_info` that belong to the operation type. */
  readonly parts?: (phase: Phase) => OperationLogBody;
}

/** A task that moves on its own: waiting, running with a growing progress, then ended. */
export function timelineTask(options: TimelineTaskOptions): SimTask {
  const timeline = timelineOf(options);
  return {
    id: options.id,
    operationType: options.operationType,
    body: ({ beganMs, elapsedMs, projectId }) =>
      bodyOf(options, phaseAt(timeline, Math.round(elapsedMs * 1000)), Math.round(beganMs * 1000), projectId),
  };
}

const defaultStop: Readonly<Record<Outcome, number>> = { success: 100, skipped: 0, failed: 60, timeout: 60 };

/** Up to 999 µs earlier than asked, so that times have the cloud's six digits and a phase has begun when a test's whole second says so. */
function timelineOf({ id, agoSeconds = 0, waitSeconds, runSeconds, outcome, stopsAt }: TimelineTaskOptions): Timeline {
  return {
    created: -Math.round(agoSeconds * 1e6) - Math.floor(seededFraction(id) * 1000),
    wait: Math.round(waitSeconds * 1e6),
    run: Math.round(runSeconds * 1e6),
    outcome,
    stopsAt: stopsAt ?? defaultStop[outcome],
  };
}

function bodyOf(options: TimelineTaskOptions, phase: Phase, beganAt: number, projectId: string): OperationLogBody {
  const { id, operationType, resource, vaultName, policyId, providerId, spelling, parts } = options;
  // null rather than absent: the cloud may answer either, and a client has to take both.
  const time = (at: number | undefined) => (at === undefined ? null : apiTime(beganAt + at, spelling));
  return {
    id,
    status: phase.status,
    operation_type: operationType,
    project_id: projectId,
    created_at: time(phase.createdAt),
    started_at: time(phase.startedAt),
    updated_at: time(phase.updatedAt),
    ended_at: time(phase.endedAt),
    checkpoint_id: seededUuid(`${id}/checkpoint`),
    ...(providerId !== undefined && { provider_id: providerId }),
    ...(policyId !== undefined && { policy_id: policyId }),
    ...(vaultName !== undefined && { vault_id: seededUuid(`vault/${vaultName}`), vault_name: vaultName }),
    error_info: phase.endedAt === undefined ? noError : errorOf(options),
    extra_info: {
      common: {
        progress: phase.progress,
        request_id: `req-${seededUuid(`${id}/request`)}`,
        task_id: seededUuid(`${id}/task`), // not the task's id, as in the cloud
      },
      ...(resource && { resource }),
      ...parts?.(phase),
    },
  };
}

const noError = { code: "", message: "" };

function errorOf({ outcome, error }: TimelineTaskOptions): { code: string; message: string } {
  if (error) return error;
  return outcome === "failed" ? { code: "BackupService.9999", message: "Simulated failure." } : noError;
}
