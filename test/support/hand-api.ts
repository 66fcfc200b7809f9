import { Stopped } from "../../src/base/waits.ts";
import { ApiError, type ApiErrorDetails } from "../../src/cbr/api-error.ts";
import type { ProjectApi } from "../../src/cbr/project-api.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { running } from "./task-records.ts";

type Answer = OperationLog | Error;

/** A project's API whose answers are given by hand. */
export interface HandApi extends Pick<ProjectApi, "showOperationLog" | "pausedMs"> {
  /** For how long nothing would be sent, in milliseconds. */
  pauseMs: number;
  /** Ids in the order in which they were asked for. */
  readonly asked: string[];
  /** Requests that wait for their answer. */
  readonly open: readonly string[];
  /** What tasks answer at once from now on; `wait` leaves the request open. */
  set(answers: Readonly<Record<string, Answer | "wait">>): void;
  /** Answers a request that waits. */
  answer(id: string, answer?: Answer): void;
}

/** Tasks that were told no answer are running. */
export function handApi(): HandApi {
  const asked: string[] = [];
  const waiting = new Map<string, (answer: Answer) => void>();
  let answers: Readonly<Record<string, Answer | "wait">> = {};
  return {
    pauseMs: 0,
    pausedMs() {
      return this.pauseMs;
    },
    asked,
    get open() {
      return [...waiting.keys()];
    },
    set(next) {
      answers = { ...answers, ...next };
    },
    answer: (id, answer = running(id)) => waiting.get(id)?.(answer),
    showOperationLog(id, signal) {
      asked.push(id);
      const answer = answers[id] ?? running(id);
      return new Promise((resolve, reject) => {
        const settle = (value: Answer): void => {
          waiting.delete(id);
          if (value instanceof Error) reject(value);
          else resolve(value);
        };
        if (signal.aborted) return settle(new Stopped());
        if (answer !== "wait") return settle(answer);
        waiting.set(id, settle);
        signal.addEventListener("abort", () => settle(new Stopped()), { once: true });
      });
    },
  };
}

export function apiError(reason: ApiErrorDetails["reason"], part: Partial<ApiErrorDetails> = {}): ApiError {
  return new ApiError({ project: "prod", operation: "ShowOpLog", reason, message: `it is ${reason}`, ...part });
}
