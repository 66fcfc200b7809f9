import { isId, isToken } from "../base/patterns.ts";
import type { Environment } from "./expand-variables.ts";

/** The variables that users of the vendor's SDK already have; they count where a project has no `auth`. */
export const sdkVariables = {
  accessKey: "HUAWEICLOUD_SDK_AK",
  secretKey: "HUAWEICLOUD_SDK_SK",
  securityToken: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
} as const;

type SdkKey = keyof typeof sdkVariables;

/** What the variables hold; empty ones are as good as unset. */
export type SdkEnvironment = Readonly<Record<SdkKey, string | undefined>>;

export function sdkEnvironment(env: Environment): SdkEnvironment {
  const held = (key: SdkKey): string | undefined => env[sdkVariables[key]] || undefined;
  return {
    accessKey: held("accessKey"),
    secretKey: held("secretKey"),
    securityToken: held("securityToken"),
    projectId: held("projectId"),
  };
}

/** Whether the variables make a login. */
export function hasSdkLogin({ accessKey, secretKey }: SdkEnvironment): boolean {
  return accessKey !== undefined && secretKey !== undefined;
}

/** What is wrong with one of the variables, quoting nothing; undefined when it is unset or right. */
export function sdkFault(sdk: SdkEnvironment, key: SdkKey): string | undefined {
  const text = sdk[key];
  if (text === undefined || (key === "projectId" ? isId(text) : isToken(text))) return undefined;
  const what =
    key === "projectId" ? "1 to 64 letters, digits, _ or -" : "printable ASCII characters without spaces or newlines";
  return `${sdkVariables[key]} in the environment must hold ${what}`;
}

/** Names those of the variables that are used: `A and B`, `A, B and C`. */
export function sdkVariablesUsed(sdk: SdkEnvironment, { withId }: { readonly withId: boolean }): string {
  const keys: readonly SdkKey[] = [
    "accessKey",
    "secretKey",
    "securityToken",
    ...(withId ? (["projectId"] as const) : []),
  ];
  const names = keys.filter((key) => sdk[key] !== undefined).map((key) => sdkVariables[key]);
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
