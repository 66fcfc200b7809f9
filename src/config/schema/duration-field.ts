import type * as z from "zod";
import { parseDuration } from "../duration.ts";
import { readField } from "./fields.ts";

/** A duration within bounds, read as milliseconds. @param what completes "must be …" and states the bounds */
export function durationField(what: string, minMs: number, maxMs: number): z.ZodType<number> {
  return readField(what, (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
  });
}
