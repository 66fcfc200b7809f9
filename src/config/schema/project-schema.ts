import { isId, isName } from "../../base/patterns.ts";
import { authSchema } from "./auth-schema.ts";
import { durationField } from "./duration-field.ts";
import { booleanField, decimalField, integerField, mapField, textField } from "./fields.ts";
import { tlsSchema } from "./tls-schema.ts";
import { proxyUrlField, urlField } from "./url-field.ts";

/** The longest an attempt may take, in milliseconds. */
const maxTimeoutMs = 10 * 60 * 1000;

/** What a project's id must be. */
export const projectIdWhat = "a project id of 1 to 64 letters, digits, _ or -";

export const projectSchema = mapField("a map with name, id, region and auth", {
  name: textField("a name of 1 to 64 letters, digits, _, . or -", isName),
  /** Whether it may be left out is judged by `checkProject`, which also looks at the login. */
  id: textField(projectIdWhat, isId).optional(),
  /** Gives the endpoints where none are named. */
  region: textField("a region of lower-case letters, digits and -, such as ap-southeast-1", (text) =>
    /^[a-z0-9-]{1,64}$/.test(text),
  ).optional(),
  endpoint: urlField("https://cbr.ap-southeast-1.myhuaweicloud.com").optional(),
  /** The API's version, which other clients want at its end, is ours to add. */
  iam_endpoint: urlField("https://iam.ap-southeast-1.myhuaweicloud.com")
    .transform((url) => url.replace(/\/v3$/, ""))
    .optional(),
  /** Without it the environment must hold the variables of the vendor's SDK, which `checkProject` looks at. */
  auth: authSchema.optional(),
  /** Requests per second. */
  rate_limit: decimalField("a number of requests per second from 0.001 to 1000, such as 5", 0.001, 1000).default(5),
  /** Requests in flight. */
  concurrency: integerField("a whole number from 1 to 100", 1, 100).default(4),
  /** One attempt, connect to last byte. */
  timeout: durationField("a duration from 1ms to 10m, such as 10s", 1, maxTimeoutMs).default(10_000),
  /** Attempts on top of the first. */
  retries: integerField("a whole number from 0 to 10", 0, 10).default(3),
  /** May hold credentials: it is a secret as a whole. */
  proxy_url: proxyUrlField().optional(),
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  proxy_from_environment: booleanField().default(false),
  tls_config: tlsSchema.optional(),
});
