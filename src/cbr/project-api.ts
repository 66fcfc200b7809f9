import { setMaxListeners } from "node:events";
import { Pool } from "undici";
import type { Clock } from "../clock.ts";
import type { ProjectConfig } from "../config/config.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";
import type { ApiObserver } from "./api-observer.ts";
import { createLogin } from "./auth/create-login.ts";
import { createLoginGate } from "./auth/login-gate.ts";
import { createGate } from "./gate.ts";
import { createRequester } from "./requester.ts";
import { showOperationLog } from "./show-operation-log.ts";

/** A project's API; lives on through a reload while its settings are equal. */
export interface ProjectApi {
  /**
   * Asks for one task (ShowOpLog), with retries.
   *
   * @throws {ApiError} when nothing usable came; {@link Held} when the project is held back for long and nothing was
   * sent; {@link Stopped} when `signal` aborts or after {@link ProjectApi.stop}
   */
  showOperationLog(id: TaskId, signal: AbortSignal): Promise<OperationLog>;
  /** Starts no attempt any more; those in flight go on. */
  stop(): void;
  /** Ends the connections, those in use too. */
  close(): Promise<void>;
}

export interface ProjectApiOptions {
  readonly config: ProjectConfig;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  readonly observer: ApiObserver;
}

/** Tokens, which IAM sends in a header, can be 16 KiB and more. */
const maxHeaderSize = 64 * 1024;

export function createProjectApi({ config, clock, random, observer }: ProjectApiOptions): ProjectApi {
  const dispatcher = new Pool(new URL(config.endpoint).origin, {
    connections: config.concurrency,
    pipelining: 1,
    maxHeaderSize,
    connect: { timeout: config.timeoutMs },
  });
  const gate = createGate(config, clock);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const request = createRequester({
    project: config.name,
    limits: config,
    dispatcher,
    gate,
    login: createLoginGate(createLogin(config.auth), clock),
    clock,
    random,
    observer,
    stopping: stopping.signal,
  });
  return {
    showOperationLog: (id, signal) => showOperationLog({ config, request, observer }, id, signal),
    stop() {
      stopping.abort();
      gate.stop();
    },
    close: () => dispatcher.destroy(),
  };
}
