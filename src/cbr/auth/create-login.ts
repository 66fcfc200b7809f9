import type { Clock } from "../../base/clock.ts";
import type { ProjectConfig } from "../../config/config.ts";
import type { Iam } from "../calls/iam.ts";
import type { Metadata } from "../calls/metadata.ts";
import type { Login } from "../transport/login.ts";
import { akSkLogin } from "./ak-sk-login.ts";
import { ecsAgencyLogin } from "./ecs-agency-login.ts";
import { passwordLogin } from "./password-login.ts";
import { tokenLogin } from "./token-login.ts";

/** What a login may need; each takes its own part of it. */
export interface LoginContext {
  readonly config: ProjectConfig;
  /** Absent where the configuration names no IAM. */
  readonly iam: Iam | undefined;
  /** @param endpoint base URL without a trailing slash */
  readonly metadata: (endpoint: string) => Metadata;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  /** Aborts when nothing may start any more. */
  readonly stopping: AbortSignal;
}

/** The login that the configuration asks for: one case for each key under `auth`. */
export function createLogin(context: LoginContext): Login {
  const { config, metadata, clock } = context;
  // Logins that look it up take it from the configuration themselves; it was refused where another lacks it.
  const { auth, id: projectId = "" } = config;
  switch (auth.method) {
    case "token":
      return tokenLogin({ value: auth.token }, context);
    case "token_file":
      return tokenLogin({ file: auth.path }, context);
    case "password":
      return passwordLogin(auth, context);
    case "ak_sk":
      return akSkLogin(auth, projectId, clock);
    case "ecs_agency":
      return ecsAgencyLogin({ ...context, projectId, metadata: metadata(auth.endpoint) });
  }
}
