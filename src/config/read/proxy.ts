import { createSecret, type Secret } from "../../base/secret.ts";
import { proxyUrlFault, proxyVariable } from "../proxy-url.ts";
import { broughtBy, textOf } from "../yaml/tree.ts";
import { booleanField } from "./fields.ts";
import { orDefault, type Values } from "./kind.ts";
import { below, type MapPlace, notice, tell } from "./place.ts";
import { proxyUrlField } from "./urls.ts";

/** `proxy_url`, whose credentials are secret, or `proxy_from_environment`. */
export type ProxyConfig = { readonly url: Secret } | { readonly fromEnvironment: true };

/** Those keys of a project that name its proxy. */
export const proxyKeys = {
  proxy_url: proxyUrlField(
    "The proxy for all requests of the project; may hold a user name and password.",
    createSecret,
  ),
  proxy_from_environment: orDefault(
    false,
    booleanField("Whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are obeyed, as curl reads them."),
  ),
};

/** What an editor may know of both. */
export const proxyRules = {
  not: {
    required: ["proxy_url", "proxy_from_environment"],
    properties: { proxy_from_environment: { enum: [true, "true", "True", "TRUE"] } },
  },
};

/** Tells when both are given, and what is wrong with the environment's proxies, as far as they are used. */
export function checkProxy(project: MapPlace): void {
  const place = below(project, "proxy_from_environment");
  const { tree, reading } = place;
  if (!/^true$/i.test(textOf(tree) ?? "")) return;
  const url = project.tree.entries.get("proxy_url");
  if (url) {
    const at = broughtBy(url, tree) ?? broughtBy(tree, url);
    tell(place, "proxy_from_environment and proxy_url exclude each other; keep one", at);
    return;
  }
  const endpoint = textOf(below(project, "endpoint").tree);
  const iamEndpoint = textOf(below(project, "iam_endpoint").tree);
  for (const scheme of schemesOf(endpoint, iamEndpoint)) {
    const variable = proxyVariable(scheme, reading.env);
    const fault = variable && proxyUrlFault(variable.url);
    if (fault !== undefined) tell(place, `${variable?.name} in the environment ${fault}`);
  }
}

/** @param endpoints those of the project, once all is right */
export function proxyConfig(
  { proxy_url: url, proxy_from_environment: fromEnvironment }: Values<typeof proxyKeys>,
  project: MapPlace,
  endpoints: { readonly endpoint: string; readonly iamEndpoint: string | undefined },
): ProxyConfig | undefined {
  if (url !== undefined) return { url };
  if (!fromEnvironment) return undefined;
  const schemes = [...schemesOf(endpoints.endpoint, endpoints.iamEndpoint)];
  const missing = schemes.find((scheme) => proxyVariable(scheme, project.reading.env) === undefined);
  if (missing !== undefined) {
    notice(
      below(project, "proxy_from_environment"),
      `neither ${missing}_proxy nor ${missing.toUpperCase()}_PROXY is set, so ${missing}:// endpoints are asked directly`,
    );
  }
  return { fromEnvironment };
}

/** Of the endpoints of CBR and IAM; those of a region are https. */
function schemesOf(endpoint = "", iamEndpoint = endpoint): ReadonlySet<"http" | "https"> {
  return new Set([endpoint, iamEndpoint].map((url) => (/^http:/i.test(url) ? "http" : "https")));
}
