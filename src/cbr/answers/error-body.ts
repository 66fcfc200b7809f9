import { isObject, objectAt } from "../../base/json.ts";
import { redact } from "./redact.ts";

/** What the vendor says of a failure; `message` is redacted, fit to be logged. */
export interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly requestId?: string;
}

/**
 * Reads both error bodies of the vendor: `{"error_code", "error_msg", "request_id"}` of CBR and the gateway, and
 * `{"error": {"code", "message", "title"}}` of IAM. Anything else, such as a proxy's HTML, gives nothing.
 *
 * @param body the parsed body; undefined for one that is not JSON
 * @param status the answer's; IAM repeats it as its code, which is then left out
 */
export function readErrorBody(body: unknown, status: number): ErrorBody {
  if (!isObject(body)) return {};
  const inner = objectAt(body, "error");
  const code = shortWord(inner ? inner["code"] : body["error_code"]);
  const message = inner ? (inner["message"] ?? inner["title"]) : body["error_msg"];
  const requestId = shortWord(body["request_id"]);
  return {
    ...(code !== undefined && code !== String(status) && { code }),
    ...(typeof message === "string" && message !== "" && { message: redact(message) }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** A code or an id: a short word, or the number that IAM sends; anything longer or stranger is not shown. */
function shortWord(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && /^[\w.:-]{1,64}$/.test(text) && redact(text) === text ? text : undefined;
}
