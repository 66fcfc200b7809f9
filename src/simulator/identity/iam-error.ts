import { type Answer, jsonAnswer } from "../answer.ts";
import { cbrErrorOf } from "../vendor-errors.ts";

const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
} as const;

type IamStatus = keyof typeof titles;

/** An error in IAM's shape (`reference/cloud-access.md`, "Error bodies"). */
export function iamError(status: IamStatus, message: string): Answer {
  return jsonAnswer({ error: { code: status, message, title: titles[status] } }, status);
}

/** The body that IAM has for a status; throttles and what is 5xx come from the gateway before it. */
export function iamErrorOf(status: number): object | undefined {
  if (!Object.hasOwn(titles, status)) return cbrErrorOf(status);
  const title = titles[status as IamStatus];
  return { error: { code: status, message: `${title}.`, title } };
}
