import { byOperation, type Look, lastStatusCode, success } from "./resources.ts";
import { missedCode } from "./statuses.ts";

// Grafana asks with a step of a day for each midnight of the reader's time zone. What is true of that moment is said of the
// night around it: from the noon before to the noon after, so that no backup falls now on this side of midnight and now on
// that. Hence looks into the future, as far as it has come.

/** Of a range function: the night around a midnight. */
export const night = "[1d] offset -12h";

/** The half day after it: what is known only then, since nothing was scraped or the cloud did not answer, counts too. */
const after = "[12h] offset -1d";

const halfDay = 12 * 3600;

/**
 * The code of each night: success where one ended in it; else failed, timeout or skipped where that was the last to be
 * known at its end; else missed, once the night is over. Nothing is said of a night that is not, or that nobody watched.
 */
export function nightCode(resources: string): string {
  const over = (name: string, window: string): Look => {
    return (metric) => `${name}(${metric}{${resources}}${window})`;
  };
  const began = `(time() - ${halfDay})`;
  return `3 * group ${byOperation} (
  ${over("max_over_time", night)(success)} > ${began}
  or (${over("max_over_time", after)(success)} > ${began} <= time() + ${halfDay})
)
or (${lastStatusCode(over("last_over_time", night))} > 3)
or ${missedCode} * group ${byOperation} (${over("min_over_time", after)(success)} <= ${began})`;
}
