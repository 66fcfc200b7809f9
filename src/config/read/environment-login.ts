import { isId, isToken } from "../../base/patterns.ts";
import { createSecret } from "../../base/secret.ts";
import type { Environment } from "../expand-variables.ts";
import { type AuthConfig, methodNames } from "./auth.ts";
import { below, type MapPlace, notice, tell, type Wrong } from "./place.ts";
import { headerText } from "./secrets.ts";

/** The variables that users of the vendor's SDK already have; they count where a project has no `auth`. */
const variables = {
  accessKey: "HUAWEICLOUD_SDK_AK",
  secretKey: "HUAWEICLOUD_SDK_SK",
  securityToken: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
} as const;

type Key = keyof typeof variables;

/** What a variable holds, be it right or wrong; an empty one is as good as unset. */
function held(env: Environment, key: Key): string | undefined {
  return env[variables[key]] || undefined;
}

/** The id of a project without `auth`. */
export function environmentProjectId(env: Environment): string | undefined {
  return held(env, "projectId");
}

export function hasEnvironmentLogin(env: Environment): boolean {
  return held(env, "accessKey") !== undefined && held(env, "secretKey") !== undefined;
}

/** Tells when the environment has no good id for a project that has none itself. */
export function checkEnvironmentProjectId(project: MapPlace): void {
  const id = environmentProjectId(project.reading.env);
  if (id !== undefined && isId(id)) return;
  const name = variables.projectId;
  const unset = `is missing; write the project's id, or set ${name} in the environment`;
  const fault = `${name} in the environment must hold 1 to 64 letters, digits, _ or -`;
  tell(below(project, "id"), id === undefined ? unset : fault);
}

/** The login of a project without `auth`. */
export function environmentLogin(project: MapPlace): AuthConfig | Wrong {
  const { env } = project.reading;
  const place = below(project, "auth");
  const [accessKey, secretKey] = [held(env, "accessKey"), held(env, "secretKey")];
  const { accessKey: ak, secretKey: sk } = variables;
  if (accessKey === undefined && secretKey === undefined) {
    return tell(place, `is missing; write auth with one of ${methodNames}, or set ${ak} and ${sk} in the environment`);
  }
  if (accessKey === undefined || secretKey === undefined) {
    const has = accessKey === undefined ? `${sk} but not ${ak}` : `${ak} but not ${sk}`;
    const advice = `set it too, or write auth with one of ${methodNames}`;
    return tell(place, `is missing, and the environment has ${has}; ${advice}`);
  }
  for (const key of ["accessKey", "secretKey", "securityToken"] as const) {
    if (isToken(held(env, key) ?? "unset")) continue;
    tell(place, `${variables[key]} in the environment must hold ${headerText.here.replace("of ", "")}`);
  }
  const keys = (Object.keys(variables) as Key[]).filter((key) => held(env, key) !== undefined);
  const names = keys
    .filter((key) => key !== "projectId" || !project.tree.entries.has("id"))
    .map((key) => variables[key]);
  const used = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  notice(project, `no auth is given; the environment's ${used} are used`);
  const securityToken = held(env, "securityToken");
  return {
    method: "ak_sk",
    accessKey: { value: createSecret(accessKey) },
    secretKey: { value: createSecret(secretKey) },
    ...(securityToken !== undefined && { securityToken: { value: createSecret(securityToken) } }),
  };
}
