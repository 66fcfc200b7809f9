import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import type { ProjectConfig } from "../../config/config.ts";
import type { ApiObserver } from "../api-observer.ts";
import type { Iam } from "../calls/iam.ts";
import type { Login } from "../transport/login.ts";
import { akSkLogin } from "./ak-sk-login.ts";
import { ecsAgencyLogin } from "./ecs-agency-login.ts";
import { passwordLogin } from "./password-login.ts";
import { lookEachMinute, withTokenExpiry } from "./token-expiry.ts";
import { tokenLogin } from "./token-login.ts";

export interface CreateLoginOptions {
  readonly config: ProjectConfig;
  /** Absent where the configuration names no IAM. */
  readonly iam: Iam | undefined;
  /** For the metadata service, which no proxy reaches. */
  readonly direct: Dispatcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: ApiObserver;
  /** Aborts when requests under way are to end. */
  readonly signal: AbortSignal;
  /** Aborts when nothing may start any more. */
  readonly stopping: AbortSignal;
}

/** The login that the configuration asks for; one case for each key under `auth`. */
export function createLogin(options: CreateLoginOptions): Login {
  const { config, iam, direct, clock, random, observer, signal, stopping } = options;
  const { auth, id = "", name, region = "" } = config;
  switch (auth.method) {
    case "token":
    case "token_file": {
      const login = tokenLogin(auth.method === "token" ? { value: auth.token } : { file: auth.path });
      if (!iam) return login;
      const watched = withTokenExpiry(login, iam, clock);
      if (auth.method === "token_file") lookEachMinute(watched, clock, stopping);
      return watched;
    }
    case "password": {
      // The configuration was refused without one.
      if (!iam) throw new Error(`project ${name}: a password login needs iam_endpoint`);
      const project = config.id === undefined ? { name: region } : { id };
      return passwordLogin({ auth, project, iam, clock, random });
    }
    case "ak_sk":
      return akSkLogin(auth, id, clock);
    case "ecs_agency": {
      const { endpoint } = auth;
      return ecsAgencyLogin({
        project: name,
        projectId: id,
        endpoint,
        dispatcher: direct,
        clock,
        random,
        observer,
        signal,
      });
    }
  }
}
