import type { Context } from "hono";
import type { Answer } from "./answer.ts";
import type { ErrorBodyOf } from "./fault-answer.ts";
import type { FaultBook } from "./fault-book.ts";
import { later, playFault } from "./play-fault.ts";
import type { SimulatorEnv } from "./wire-request.ts";

/** What a client may ask beside tasks; each name is a target of faults too. */
export type SideOperation =
  | "KeystoneCreateToken"
  | "KeystoneValidateToken"
  | "KeystoneListProjects"
  | "KeystoneListAuthProjects"
  | "GetSecurityKey"
  | "MetadataToken";

/** The targets that strike several of them. */
export type SideTarget = "iam:tokens" | "iam:projects" | "metadata";

/** What these routes need of the simulator around them. */
export interface SideCloud {
  readonly faults: FaultBook;
  /** Called with each request before anything is checked. */
  asked(operation: SideOperation): void;
  /** Milliseconds that the next answer takes. */
  latency(): number;
  now(): number;
}

export interface SideRoute {
  readonly operation: SideOperation;
  readonly target: SideTarget;
  readonly errorBodyOf: ErrorBodyOf;
}

/** Answers `right`, late as the others, or as wrongly as a fault says: before any password or token is looked at. */
export async function answerSide(
  c: Context<SimulatorEnv>,
  cloud: SideCloud,
  { operation, target, errorBodyOf }: SideRoute,
  right: () => Answer,
): Promise<Response> {
  cloud.asked(operation);
  await later(cloud.latency());
  return playFault(c, cloud.faults.strike(operation, target), { right, errorBodyOf, now: cloud.now });
}
