import { idPattern, isId } from "../../base/patterns.ts";
import { broughtBy, child, textOf } from "../yaml/tree.ts";
import {
  type AuthConfig,
  auth,
  checkEnvironmentProjectId,
  environmentLogin,
  environmentProjectId,
  hasEnvironmentLogin,
  methodsIn,
} from "./auth.ts";
import { decimalField, durationField, integerField, nameField, takeName, textField } from "./fields.ts";
import { mapOf, orDefault, required, type Values } from "./kind.ts";
import { below, type MapPlace, mayHave, notice, take, tell, type Wrong, warn, wrong } from "./place.ts";
import { checkProxy, type ProxyConfig, proxyConfig, proxyKeys, proxyRules } from "./proxy.ts";
import { isKnownRegion, regionEndpoints } from "./regions.ts";
import { type TlsConfig, tlsConfig } from "./tls.ts";
import { isLoopbackUrl, urlField, withoutSlashes } from "./urls.ts";

/** One CBR project of one region. */
export interface ProjectConfig {
  /** The `project` label. */
  readonly name: string;
  /** `project_id` in the URL; absent where a `password` login is to look it up by the region's name. */
  readonly id?: string;
  readonly region?: string;
  /** Base URL of CBR without a trailing slash, such as `https://cbr.ap-southeast-1.myhuaweicloud.com`. */
  readonly endpoint: string;
  /** Base URL of IAM without a trailing slash: as given, else that of the region; absent where neither is known. */
  readonly iamEndpoint?: string;
  readonly auth: AuthConfig;
  /** Requests per second. */
  readonly rateLimit: number;
  /** Requests in flight. */
  readonly concurrency: number;
  /** One attempt, connect to last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts on top of the first. */
  readonly retries: number;
  readonly proxy?: ProxyConfig;
  readonly tls?: TlsConfig;
}

const keys = {
  name: required(nameField("The `project` label of all its series; unique.")),
  id: textField({
    what: "a project id of 1 to 64 letters, digits, _ or -",
    about: "The project's id at the cloud; a login by `password` can find it by `region`.",
    pattern: idPattern,
  }),
  region: textField({
    what: "a region of lower-case letters, digits and -, such as ap-southeast-1",
    about: "Gives both endpoints, those of Huawei Cloud and Open Telekom Cloud; it or `endpoint` is needed.",
    pattern: /^[a-z0-9-]{1,64}$/,
  }),
  endpoint: urlField(
    "The base URL of CBR, instead of the region's; http:// only to a loopback host.",
    "https://cbr.ap-southeast-1.myhuaweicloud.com",
  ),
  iam_endpoint: urlField(
    "The base URL of IAM, instead of the region's; http:// only to a loopback host.",
    "https://iam.ap-southeast-1.myhuaweicloud.com",
  ),
  auth,
  rate_limit: orDefault(
    5,
    decimalField({
      what: "a number of requests per second from 0.001 to 1000, such as 5",
      about: "How many requests are sent at most, evenly spaced.",
      unit: "requests per second",
      min: 0.001,
      max: 1000,
    }),
  ),
  concurrency: orDefault(
    4,
    integerField({
      what: "a whole number from 1 to 100",
      about: "How many requests are in flight at most.",
      unit: "requests",
      min: 1,
      max: 100,
    }),
  ),
  timeout: orDefault(
    "10s",
    durationField({
      what: "a duration from 1ms to 10m, such as 10s",
      about: "How long one attempt may take, connect to last byte.",
      min: 1,
      max: 10 * 60 * 1000,
    }),
  ),
  retries: orDefault(
    3,
    integerField({
      what: "a whole number from 0 to 10",
      about: "Attempts on top of the first, after failures of the network, 5xx and 429.",
      unit: "attempts",
      min: 0,
      max: 10,
    }),
  ),
  ...proxyKeys,
  tls_config: tlsConfig,
};

/** What an editor may know of several keys together. */
const rules = {
  anyOf: [{ required: ["region"] }, { required: ["endpoint"] }],
  if: { required: ["auth"], properties: { auth: { required: ["password"] } } },
  // biome-ignore lint/suspicious/noThenProperty: it is a word of JSON Schema
  then: { anyOf: [{ required: ["region"] }, { required: ["id", "iam_endpoint"] }] },
  // Without auth the environment may have the id.
  else: { dependencies: { auth: ["id"] } },
  ...proxyRules,
};

export const project = mapOf(
  { what: "a map with name, id, region and auth", about: "A CBR project of one region.", keys, rules },
  (map, values): ProjectConfig | Wrong => {
    takeName(map, "projects");
    checkSameProject(map);
    checkId(map);
    if (!mayHave(map, "region") && !mayHave(map, "endpoint")) {
      tell(map, "region or endpoint is missing; name the region, such as ap-southeast-1");
    }
    const login = values?.auth ?? (mayHave(map, "auth") ? wrong : environmentLogin(map));
    if (methodsIn(child(map.tree, "auth")).includes("password")) checkIamEndpoint(map);
    checkProxy(map);
    return values && login !== wrong ? build(map, values, login) : wrong;
  },
);

function build(map: MapPlace, values: Values<typeof keys>, login: AuthConfig): ProjectConfig {
  const { region, tls_config: tls } = values;
  const id = values.id ?? (values.auth ? undefined : environmentProjectId(map.reading.env));
  const made = region === undefined ? undefined : regionEndpoints(region);
  const endpoint = values.endpoint ?? made?.endpoint ?? "";
  // Who tests against a cloud of his own must not send his login to the real one.
  const isOwnCloud = values.endpoint !== undefined && isLoopbackUrl(values.endpoint);
  // The API's version, which other clients want at its end, is ours to add.
  const iamEndpoint = values.iam_endpoint?.replace(/\/v3$/, "") ?? (isOwnCloud ? undefined : made?.iamEndpoint);
  noticeRegion(map, region, { endpoint, iamEndpoint });
  const proxy = proxyConfig(values, map, { endpoint, iamEndpoint });
  if (tls) warnAboutTls(map, tls, { endpoint, iamEndpoint });
  return {
    name: values.name,
    ...(id !== undefined && { id }),
    ...(region !== undefined && { region }),
    endpoint,
    ...(iamEndpoint !== undefined && { iamEndpoint }),
    auth: login,
    rateLimit: values.rate_limit,
    concurrency: values.concurrency,
    timeoutMs: values.timeout,
    retries: values.retries,
    ...(proxy && { proxy }),
    ...(tls && { tls }),
  };
}

/** The id may be left out where IAM is asked for it, and where the environment has it. */
function checkId(map: MapPlace): void {
  if (mayHave(map, "id")) return;
  const methods = methodsIn(child(map.tree, "auth"));
  const hasAuth = mayHave(map, "auth");
  if (!hasAuth && hasEnvironmentLogin(map.reading.env)) checkEnvironmentProjectId(map);
  else if (methods.includes("password")) {
    // When neither is there, a region is asked for already.
    if (mayHave(map, "region") || !mayHave(map, "endpoint")) return;
    tell(below(map, "id"), "is missing; write the project's id, or region, by whose name a login by password finds it");
  } else if (!hasAuth || methods.length > 0) {
    // While it is not clear what the login is to be, the id may not be needed.
    tell(below(map, "id"), `is missing; it must be ${keys.id.what}`);
  }
}

/** A project under two names would be asked twice, and each of its tasks shown twice. */
function checkSameProject(map: MapPlace): void {
  const fromEnvironment = child(map.tree, "auth") ? undefined : environmentProjectId(map.reading.env);
  const given = child(map.tree, "id");
  const id = given ? textOf(given) : fromEnvironment;
  const url = baseUrl(map);
  if (id === undefined || !isId(id) || url === undefined) return;
  const first = take(map, `project ${id} ${url}`);
  if (!first || textOf(child(first.tree, "name")) === textOf(child(map.tree, "name"))) return;
  const place = below(map, "id");
  const message = `projects[${first.path[1]}] has this id and endpoint already; write a project once`;
  tell(place, message, broughtBy(below(first, "id").tree, place.tree));
}

/** The base URL of a project's API; undefined while it is not known. */
function baseUrl({ tree }: MapPlace): string | undefined {
  const endpoint = child(tree, "endpoint");
  const region = textOf(child(tree, "region"));
  const text = endpoint ? textOf(endpoint) : region && regionEndpoints(region).endpoint;
  return text !== undefined && URL.canParse(text) ? withoutSlashes(new URL(text)) : undefined;
}

/** A login by password needs IAM. */
function checkIamEndpoint(map: MapPlace): void {
  if (mayHave(map, "iam_endpoint") || !mayHave(map, "endpoint")) return;
  const place = below(map, "iam_endpoint");
  if (!mayHave(map, "region")) tell(place, "is missing; a login by password needs it, or region, which gives it");
  else if (isLoopbackUrl(textOf(child(map.tree, "endpoint")) ?? "")) {
    tell(
      place,
      "is missing; a login by password needs it, and beside an endpoint on a loopback host region does not give it",
    );
  }
}

type Endpoints = Pick<ProjectConfig, "endpoint"> & { readonly iamEndpoint: string | undefined };

function noticeRegion(map: MapPlace, region: string | undefined, { endpoint, iamEndpoint }: Endpoints): void {
  if (region === undefined || isKnownRegion(region)) return;
  const made = regionEndpoints(region);
  const assumed = [
    ...(endpoint === made.endpoint ? [endpoint] : []),
    ...(iamEndpoint === made.iamEndpoint ? [iamEndpoint] : []),
  ];
  if (assumed.length === 0) return;
  const place = below(map, "region");
  // What came out of a variable is not quoted.
  const expanded = place.tree.kind === "text" && place.tree.expanded;
  const shown = assumed.map((url) => (expanded ? url.replace(`.${region}.`, ".<region>.") : url)).join(" and ");
  const verb = assumed.length === 1 ? "is" : "are";
  notice(
    place,
    `this version does not know the region; ${shown} ${verb} assumed, which endpoint and iam_endpoint override`,
  );
}

function warnAboutTls(map: MapPlace, tls: TlsConfig, { endpoint, iamEndpoint }: Endpoints): void {
  const place = below(map, "tls_config");
  if (![endpoint, iamEndpoint].some((url) => url?.startsWith("https:"))) {
    warn(place, "has no effect: the endpoint is http://");
  } else if (tls.insecureSkipVerify) {
    warn(
      below(place, "insecure_skip_verify"),
      "certificates are not verified: whoever stands between can read the login; give the authority as ca_file instead",
    );
  }
}
