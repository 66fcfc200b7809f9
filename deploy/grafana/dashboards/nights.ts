import { byOperation, known, ofStatus, success } from "./resources.ts";
import { part } from "./status-code.ts";
import { missedCode, successCode } from "./statuses.ts";

// Grafana asks with a step of a day for each midnight of the reader's time zone. What is true of that moment is said of the
// night around it: from the noon before to the noon after, so that no backup falls now on this side of midnight and now on
// that. Hence looks into the future, as far as it has come.

/** Of a range function: the night around a midnight. */
export const night = "[1d] offset -12h";

// A fortnight of all samples would be too much. What was known at a few moments is enough: at noon, when the night ends; late
// in the evening after, if nothing was scraped at noon or the cloud did not answer until then; and now, before either is.
const noon = "[1h] offset -12h";
const evening = "[1h] offset -22h";
const now = "[25h] @ end() offset -1d";

/** Whether the midnight is the last of the time range. */
const isLast = "vector(time()) == last_over_time(vector(time())[1s:1s] @ end())";

const began = "(time() - 12 * 3600)";
const ended = "(time() + 12 * 3600)";

/**
 * The code of each night, the best that is known: success where one ended in it, else skipped, timeout or failed where that
 * was the last to be known at its end, else missed, once it is over. Nothing is said of a night that nobody watched.
 */
export function nightCode(resources: string): string {
  const at = (moment: string, metric: string, more = "") => `last_over_time(${metric}{${resources}${more}}${moment})`;
  const badAt = (moment: string) => ofStatus(`${at(moment, known, ', status!="success"')} == 1`);
  // Whenever it became known: a time within the night is a success of that night, an older one says that there was none.
  const succeeded = (moment: string) =>
    `${successCode} + ${missedCode - successCode} * (${at(moment, success)} <= ${ended} <= bool ${began})`;
  return `min ${byOperation} (
  ${part("noon", succeeded(noon))}
  or ${part("evening", succeeded(evening))}
  or ${part("now", `${successCode} + 0 * (${at(now, success)} > ${began} <= ${ended})`)}
  or ${badAt(noon)}
  or (${badAt(now)} and on () ${isLast})
)`;
}
