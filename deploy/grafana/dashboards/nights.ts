import { byOperation, ended, known, ofStatus, success } from "./resources.ts";
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

const begins = "(time() - 12 * 3600)";
const ends = "(time() + 12 * 3600)";

/**
 * The code of each night, the best that is known: success where one ended in it, else skipped, timeout or failed where the
 * last task to end in it was so, else missed, once it is over. Nothing is said of a night that nobody watched.
 */
export function nightCode(resources: string): string {
  const at = (moment: string, metric: string, more = "") => `last_over_time(${metric}{${resources}${more}}${moment})`;
  // Whenever it became known: a time within the night is of that night. An older success says that there was none.
  const succeeded = (moment: string) =>
    `${successCode} + ${missedCode - successCode} * (${at(moment, success)} <= ${ends} <= bool ${begins})`;
  const bad = (moment: string) =>
    `${ofStatus(`${at(moment, known, ', status!="success"')} == 1`)} and ignoring (status) (${at(moment, ended)} > ${begins} <= ${ends})`;
  return `min ${byOperation} (
  ${part("noon", succeeded(noon))}
  or ${part("evening", succeeded(evening))}
  or ${part("now", `${successCode} + 0 * (${at(now, success)} > ${begins} <= ${ends})`)}
  or (${bad(noon)})
  or (${bad(evening)})
  or (${bad(now)})
)`;
}
