import { type AuthContext, checkAuth, methodsIn } from "./check-auth.ts";
import type { Environment } from "./expand-variables.ts";
import { isLoopbackUrl } from "./loopback.ts";
import type { Path } from "./path.ts";
import { proxyUrlFault, proxyVariable } from "./proxy-url.ts";
import { authMethods } from "./schema/auth-schema.ts";
import { projectIdWhat } from "./schema/project-schema.ts";
import { hasSdkLogin, sdkEnvironment, sdkFault, sdkVariables } from "./sdk-environment.ts";
import { broughtBy, child, type MapTree, textOf } from "./yaml/tree.ts";

export interface ProjectContext extends AuthContext {
  /** Where a login is looked for when none is given, and proxies when they are asked for. */
  readonly env: Environment;
}

/** Checks the rules that join several keys of a project. */
export function checkProject(project: MapTree, path: Path, context: ProjectContext): void {
  const { report, isMisspelt } = context;
  const has = (key: string): boolean => project.entries.has(key) || isMisspelt(path, key);
  checkId(project, path, context);
  if (!has("region") && !has("endpoint")) {
    report({ at: project.at, path, message: "region or endpoint is missing; name the region, such as ap-southeast-1" });
  }
  const auth = child(project, "auth");
  if (auth?.kind === "map") checkAuth(auth, [...path, "auth"], context);
  else if (!has("auth")) checkSdkLogin(project, path, context);
  if (methodsIn(auth).includes("password")) checkIamEndpoint(project, path, context);
  checkProxy(project, path, context);
  checkTls(project, path, context);
}

/** Without `auth` the variables of the vendor's SDK must make a login. */
function checkSdkLogin({ at }: MapTree, path: Path, { report, env }: ProjectContext): void {
  const tell = (message: string): void => report({ at, path: [...path, "auth"], message });
  const sdk = sdkEnvironment(env);
  const { accessKey, secretKey } = sdkVariables;
  const keys = authMethods.join(", ");
  if (hasSdkLogin(sdk)) {
    for (const key of ["accessKey", "secretKey", "securityToken"] as const) {
      const fault = sdkFault(sdk, key);
      if (fault !== undefined) tell(fault);
    }
  } else if (sdk.accessKey === undefined && sdk.secretKey === undefined) {
    tell(`is missing; write auth with one of ${keys}, or set ${accessKey} and ${secretKey} in the environment`);
  } else {
    const [set, unset] = sdk.accessKey === undefined ? [secretKey, accessKey] : [accessKey, secretKey];
    tell(`is missing, and the environment has ${set} but not ${unset}; set it too, or write auth with one of ${keys}`);
  }
}

/** The id may be left out where IAM is asked for it, and where the environment has it. */
function checkId(project: MapTree, path: Path, { report, isMisspelt, env }: ProjectContext): void {
  const has = (key: string): boolean => project.entries.has(key) || isMisspelt(path, key);
  const tell = (message: string): void => report({ at: project.at, path: [...path, "id"], message });
  if (has("id")) return;
  const sdk = sdkEnvironment(env);
  const methods = methodsIn(child(project, "auth"));
  if (!has("auth") && hasSdkLogin(sdk)) {
    const fault = sdkFault(sdk, "projectId");
    if (fault !== undefined) tell(fault);
    else if (sdk.projectId === undefined) {
      tell(`is missing; write the project's id, or set ${sdkVariables.projectId} in the environment`);
    }
  } else if (methods.includes("password")) {
    // When neither is there, a region is asked for already.
    if (has("region") || !has("endpoint")) return;
    tell("is missing; write the project's id, or region, by whose name a login by password finds it");
  } else if (!has("auth") || methods.length > 0) {
    // While it is not clear what the login is to be, the id may not be needed.
    tell(`is missing; it must be ${projectIdWhat}`);
  }
}

/** A login by password needs IAM. */
function checkIamEndpoint(project: MapTree, path: Path, { report, isMisspelt }: ProjectContext): void {
  const has = (key: string): boolean => project.entries.has(key) || isMisspelt(path, key);
  if (has("iam_endpoint") || !has("endpoint")) return;
  const tell = (message: string): void => report({ at: project.at, path: [...path, "iam_endpoint"], message });
  if (!has("region")) tell("is missing; a login by password needs it, or region, which gives it");
  else if (isLoopbackUrl(textOf(child(project, "endpoint")) ?? "")) {
    tell("is missing; a login by password needs it, and beside an endpoint on a loopback host region does not give it");
  }
}

function checkProxy(project: MapTree, path: Path, { report, env }: ProjectContext): void {
  const fromEnvironment = child(project, "proxy_from_environment");
  if (fromEnvironment === undefined || !/^true$/i.test(textOf(fromEnvironment) ?? "")) return;
  const place = { at: fromEnvironment.at, path: [...path, "proxy_from_environment"] };
  const url = project.entries.get("proxy_url");
  if (url) {
    const at = broughtBy(url, fromEnvironment) ?? broughtBy(fromEnvironment, url) ?? place.at;
    report({ ...place, at, message: "proxy_from_environment and proxy_url exclude each other; keep one" });
    return;
  }
  for (const scheme of schemesOf(project)) {
    const variable = proxyVariable(scheme, env);
    const fault = variable && proxyUrlFault(variable.url);
    if (fault !== undefined) report({ ...place, message: `${variable?.name} in the environment ${fault}` });
  }
}

/** Those of CBR and IAM; a region's endpoints are https. */
function schemesOf(project: MapTree): ReadonlySet<"http" | "https"> {
  const endpoint = textOf(child(project, "endpoint")) ?? "";
  const iamEndpoint = textOf(child(project, "iam_endpoint")) ?? endpoint;
  return new Set([endpoint, iamEndpoint].map((url) => (/^http:/i.test(url) ? "http" : "https")));
}

function checkTls(project: MapTree, path: Path, { report, isMisspelt }: ProjectContext): void {
  const tls = child(project, "tls_config");
  if (tls?.kind !== "map") return;
  const tlsPath = [...path, "tls_config"];
  for (const [key, other] of [["cert_file", "key_file"] as const, ["key_file", "cert_file"] as const]) {
    const entry = tls.entries.get(key);
    if (!entry || tls.entries.has(other) || isMisspelt(tlsPath, other)) continue;
    report({ at: entry.value.at, path: [...tlsPath, key], message: `needs ${other} too; write both or neither` });
  }
}
