import { setImmediate as yieldToOthers } from "node:timers/promises";

/** Does many small steps, so many before everything else has its turn. @param goesOn asked each time; false: no more */
export async function inSlices(steps: Iterable<unknown>, most: number, goesOn: () => boolean): Promise<void> {
  let done = 0;
  for (const _ of steps) {
    done += 1;
    if (done % most !== 0) continue;
    await yieldToOthers();
    if (!goesOn()) return;
  }
}
