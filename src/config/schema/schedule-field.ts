import * as z from "zod";
import { scheduleFault } from "../schedule-fault.ts";

/** A cron expression. */
export function scheduleField(): z.ZodType<string> {
  const advice = 'write five fields, or six with seconds first, such as "*/5 * * * *"';
  return z
    .string({
      error: ({ input }) => (input === undefined ? `is missing; ${advice}` : `must be a cron expression; ${advice}`),
    })
    .superRefine((text, context) => {
      const fault = scheduleFault(text);
      if (fault === undefined) return;
      context.addIssue({ code: "custom", message: `not a cron expression: ${fault}; ${advice}` });
    });
}
