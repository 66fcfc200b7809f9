import { defined } from "../../base/json.ts";
import { idPattern, isId } from "../../base/patterns.ts";
import { broughtBy, child, textOf } from "../yaml/tree.ts";
import { type AuthConfig, auth, methodsIn } from "./auth.ts";
import { baseUrl, checkIamEndpoint, endpointKeys, endpointsOf } from "./endpoints.ts";
import {
  checkEnvironmentProjectId,
  environmentLogin,
  environmentProjectId,
  hasEnvironmentLogin,
} from "./environment-login.ts";
import { durationField, nameField, numberField, takeName, textField } from "./fields.ts";
import { mapOf, orDefault, required, type Values } from "./kind.ts";
import { below, type MapPlace, mayHave, take, tell, type Wrong, warn, wrong } from "./place.ts";
import { checkProxy, type ProxyConfig, proxyConfig, proxyKeys, proxyRules } from "./proxy.ts";
import { type TlsConfig, tlsConfig } from "./tls.ts";

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
  ...endpointKeys,
  auth,
  rate_limit: orDefault(
    5,
    numberField({
      what: "a number of requests per second from 0.001 to 1000, such as 5",
      about: "How many requests are sent at most, evenly spaced.",
      unit: "requests per second",
      min: 0.001,
      max: 1000,
    }),
  ),
  concurrency: orDefault(
    4,
    numberField({
      what: "a whole number from 1 to 100",
      about: "How many requests are in flight at most.",
      unit: "requests",
      min: 1,
      max: 100,
      whole: true,
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
    numberField({
      what: "a whole number from 0 to 10",
      about: "Attempts on top of the first, after failures of the network, 5xx and 429.",
      unit: "attempts",
      min: 0,
      max: 10,
      whole: true,
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
  const { tls_config: tls } = values;
  const { endpoint, iamEndpoint } = endpointsOf(map, values);
  if (tls) warnAboutTls(map, tls, [endpoint, iamEndpoint]);
  return defined({
    name: values.name,
    id: values.id ?? (values.auth ? undefined : environmentProjectId(map.reading.env)),
    region: values.region,
    endpoint,
    iamEndpoint,
    auth: login,
    rateLimit: values.rate_limit,
    concurrency: values.concurrency,
    timeoutMs: values.timeout,
    retries: values.retries,
    proxy: proxyConfig(values, map, { endpoint, iamEndpoint }),
    tls,
  });
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

function warnAboutTls(map: MapPlace, tls: TlsConfig, endpoints: readonly (string | undefined)[]): void {
  const place = below(map, "tls_config");
  if (!endpoints.some((url) => url?.startsWith("https:"))) {
    warn(place, "has no effect: the endpoint is http://");
  } else if (tls.insecureSkipVerify) {
    warn(
      below(place, "insecure_skip_verify"),
      "certificates are not verified: whoever stands between can read the login; give the authority as ca_file instead",
    );
  }
}
