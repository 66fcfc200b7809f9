import type { Config, ProjectConfig } from "./config.ts";
import type { Environment } from "./expand-variables.ts";
import type { Problem } from "./problem.ts";
import { proxyVariable } from "./proxy-url.ts";
import { isKnownRegion, regionEndpoints } from "./region-endpoint.ts";
import { sdkEnvironment, sdkVariablesUsed } from "./sdk-environment.ts";
import { child, follow, type Tree } from "./yaml/tree.ts";

/** What is right and good to know: what the exporter took from the environment, or had to assume. */
export function configNotices(config: Config, tree: Tree, env: Environment): readonly Problem[] {
  return config.projects.flatMap((project, index) => {
    const path = ["projects", index];
    const { tree: own } = follow(tree, path);
    const notice = (key: string | undefined, message: string | undefined): readonly Problem[] => {
      if (message === undefined) return [];
      const at = (key === undefined ? own : (child(own, key) ?? own)).at;
      return [{ at, path: key === undefined ? path : [...path, key], message }];
    };
    return [
      ...notice(undefined, loginNotice(own, env)),
      ...notice("region", regionNotice(project, child(own, "region"))),
      ...notice("proxy_from_environment", proxyNotice(project, env)),
    ];
  });
}

function loginNotice(project: Tree, env: Environment): string | undefined {
  if (child(project, "auth") !== undefined) return undefined;
  const withId = child(project, "id") === undefined;
  return `no auth is given; the environment's ${sdkVariablesUsed(sdkEnvironment(env), { withId })} are used`;
}

function regionNotice({ region, endpoint, iamEndpoint }: ProjectConfig, given: Tree | undefined): string | undefined {
  if (region === undefined || isKnownRegion(region)) return undefined;
  const made = regionEndpoints(region);
  const assumed = [
    ...(endpoint === made.endpoint ? [endpoint] : []),
    ...(iamEndpoint === made.iamEndpoint ? [iamEndpoint] : []),
  ];
  if (assumed.length === 0) return undefined;
  // What came out of a variable is not quoted.
  const expanded = given?.kind === "text" && given.expanded;
  const shown = assumed.map((url) => (expanded ? url.replace(`.${region}.`, ".<region>.") : url)).join(" and ");
  const verb = assumed.length === 1 ? "is" : "are";
  return `this version does not know the region; ${shown} ${verb} assumed, which endpoint and iam_endpoint override`;
}

function proxyNotice({ proxy, endpoint, iamEndpoint = endpoint }: ProjectConfig, env: Environment): string | undefined {
  if (!proxy || !("fromEnvironment" in proxy)) return undefined;
  const schemes = new Set([endpoint, iamEndpoint].map((url) => (url.startsWith("http:") ? "http" : "https")));
  const [missing] = [...schemes].filter((scheme) => proxyVariable(scheme, env) === undefined);
  if (missing === undefined) return undefined;
  return `neither ${missing}_proxy nor ${missing.toUpperCase()}_PROXY is set, so ${missing}:// endpoints are asked directly`;
}
