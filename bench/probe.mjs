// Imported into an exporter's process before it starts: tells of its memory and its event loop what only it can know.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { answerCalls } from "./answer-calls.mjs";

const resolutionMs = 1;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });

answerCalls({
  /** Milliseconds of the longest block since the last call; the first call begins to look. */
  longestBlock() {
    delay.enable();
    const longest = delay.max / 1e6 - resolutionMs;
    delay.reset();
    return Math.max(0, longest);
  },
  /** Bytes in use after garbage has been collected. */
  async memory() {
    for (let times = 0; times < 3; times += 1) {
      globalThis.gc();
      await sleep(100);
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { inUse: heapUsed + external, rss };
  },
});
