import { setTimeout as wait } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { type Answer, toResponse } from "./answer.ts";
import { breakWire } from "./break-wire.ts";
import type { Fault, WireFault } from "./fault.ts";
import { type ErrorBodyOf, faultAnswer } from "./fault-answer.ts";
import type { SimulatorEnv } from "./wire-request.ts";

export interface PlayFaultOptions {
  /** Makes the right answer, at the moment at which it goes out. */
  readonly right: () => Answer;
  readonly errorBodyOf: ErrorBodyOf;
  readonly now: () => number;
}

/** Answers rightly, or as wrongly as the fault says. */
export async function playFault(
  c: Context<SimulatorEnv>,
  fault: Fault | undefined,
  { right, errorBodyOf, now }: PlayFaultOptions,
): Promise<Response> {
  if (fault?.kind === "latency") await later(fault.ms);
  if (!fault || fault.kind === "latency") return toResponse(right());
  if (!isWireFault(fault)) return toResponse(faultAnswer(fault, right(), errorBodyOf, now()));
  breakWire(fault, c.env.outgoing, right());
  return RESPONSE_ALREADY_SENT;
}

/** Unreferenced: an hour's latency must not outlive the server. */
export async function later(ms: number): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { ref: false });
}

const wireKinds: Readonly<Record<WireFault["kind"], true>> = {
  hang: true,
  "slow-body": true,
  cut: true,
  "cut-body": true,
  "endless-body": true,
  "huge-body": true,
};

function isWireFault(fault: Fault): fault is WireFault {
  return Object.hasOwn(wireKinds, fault.kind);
}
