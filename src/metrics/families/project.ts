import type { ProjectSummary } from "../../collect/project-health.ts";
import { type Family, gauge, type Labels, seconds, yesOrNo } from "./family.ts";

/** What all series of a project carry. */
export function projectLabels({ project }: ProjectSummary): Labels {
  return { project };
}

export const projectFamilies: readonly Family<ProjectSummary>[] = [
  gauge(
    "cbr_up",
    "1 when the cloud answers for this project (a 404 is an answer), 0 when a run ended, or was silent for a minute, without a usable answer to what had been answered before; also when the login failed.",
    ({ up }) => yesOrNo(up),
  ),
  gauge(
    "cbr_api_last_request_timestamp_seconds",
    "When the last request to the cloud ended, in Unix seconds: how old cbr_up is.",
    ({ lastRequestAt }) => seconds(lastRequestAt),
  ),
  gauge(
    "cbr_api_clock_skew_seconds",
    "How far the cloud's clock is ahead of this machine's, in seconds, from the header Date of its answers, which tells whole seconds.",
    ({ skewMs }) => (skewMs === undefined ? undefined : skewMs / 1000),
  ),
  {
    name: "cbr_auth_token_expiry_timestamp_seconds",
    help: "When the credential of the project's login ends, in Unix seconds, where that is known (API: expires_at). Only token and token_file are not renewed by the exporter.",
    type: "gauge",
    labelNames: ["method"],
    samples: ({ method, expiresAt }) => {
      const value = seconds(expiresAt);
      return value === undefined ? [] : [{ labels: { method }, value }];
    },
  },
];
