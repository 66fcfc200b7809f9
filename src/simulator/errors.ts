import { randomUUID } from "node:crypto";
import { type Answer, jsonAnswer } from "./exchange.ts";

/** The body that an API has for a status, where it has one. */
export type ErrorBodyOf = (status: number) => object | undefined;

// The bodies of `reference/cloud-access.md`, "Error bodies".

/** ShowOpLog for an id that does not exist; goes with 404. */
export const noSuchTask = {
  error_code: "BackupService.6500",
  error_msg: "Operation log does not exist.",
};

/** ListOpLogs with a parameter that is wrong; goes with 400. */
export const badParameter = {
  error_code: "BackupService.0001",
  error_msg: "A parameter of the query is invalid.",
};

const gatewayMessages = {
  "APIGW.0101": "The API does not exist or has not been published in the environment.",
  "APIGW.0201": "Backend timeout.",
  "APIGW.0301": "Incorrect IAM authentication information: decrypt token fail",
  "APIGW.0306": "API access denied: the token is not of this project.",
  "APIGW.0307": "The token must be updated.",
  "APIGW.0308": "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second",
  "APIGW.0610": "The backend service is unavailable.",
  "APIGW.0613": "The gateway service is unavailable.",
} as const;

/** The gateway's body for a code, with a request id of its own. */
export function gatewayError(code: keyof typeof gatewayMessages, message: string = gatewayMessages[code]) {
  return { error_code: code, error_msg: message, request_id: randomUUID().replaceAll("-", "") };
}

/** The body that CBR, or the gateway before it, has for a status. */
export function cbrErrorOf(status: number): object | undefined {
  if (status === 401) return gatewayError("APIGW.0301");
  if (status === 403) return { error_code: "BackupService.8600", error_msg: "Not authenticated." };
  if (status === 404) return gatewayError("APIGW.0101");
  if (status === 429) return gatewayError("APIGW.0308");
  if (status === 502) return gatewayError("APIGW.0610");
  if (status === 503) return gatewayError("APIGW.0613");
  return status >= 500 ? gatewayError("APIGW.0201") : undefined;
}

const iamTitles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
};

/** An error in IAM's shape. */
export function iamError(status: number, message: string): Answer {
  return jsonAnswer({ error: { code: status, message, title: iamTitles[status] } }, status);
}

/** The body that IAM has for a status; throttles and what is 5xx come from the gateway before it. */
export function iamErrorOf(status: number): object | undefined {
  const title = iamTitles[status];
  return title === undefined ? cbrErrorOf(status) : { error: { code: status, message: `${title}.`, title } };
}
