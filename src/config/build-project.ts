import { resolve } from "node:path";
import { createSecret } from "../base/secret.ts";
import type { AuthConfig, ProjectConfig, ProxyConfig, SecretSource, TlsConfig } from "./config.ts";
import { isLoopbackUrl } from "./loopback.ts";
import { regionEndpoints } from "./region-endpoint.ts";
import type { ParsedConfig } from "./schema/config-schema.ts";
import type { SdkEnvironment } from "./sdk-environment.ts";

type ParsedProject = ParsedConfig["projects"][number];
type ParsedAuth = NonNullable<ParsedProject["auth"]>;

export interface BuildProjectOptions {
  /** Where relative paths begin. */
  readonly folder: string;
  /** The login of a project without one. */
  readonly sdk: SdkEnvironment;
}

/** Makes a project of what has been checked. */
export function buildProject(parsed: ParsedProject, { folder, sdk }: BuildProjectOptions): ProjectConfig {
  const { region } = parsed;
  const id = parsed.id ?? (parsed.auth ? undefined : sdk.projectId);
  const iamEndpoint = iamEndpointOf(parsed);
  const proxy = buildProxy(parsed);
  return {
    name: parsed.name,
    ...(id !== undefined && { id }),
    ...(region !== undefined && { region }),
    endpoint: parsed.endpoint ?? regionEndpoints(region ?? "").endpoint,
    ...(iamEndpoint !== undefined && { iamEndpoint }),
    auth: parsed.auth ? buildAuth(parsed.auth, folder) : sdkAuth(sdk),
    rateLimit: parsed.rate_limit,
    concurrency: parsed.concurrency,
    timeoutMs: parsed.timeout,
    retries: parsed.retries,
    ...(proxy && { proxy }),
    ...(parsed.tls_config && { tls: buildTls(parsed.tls_config, folder) }),
  };
}

function iamEndpointOf({ region, endpoint, iam_endpoint: given }: ParsedProject): string | undefined {
  if (given !== undefined || region === undefined) return given;
  // Who tests against a cloud of his own must not send his login to the real one.
  return endpoint !== undefined && isLoopbackUrl(endpoint) ? undefined : regionEndpoints(region).iamEndpoint;
}

function buildAuth(auth: ParsedAuth, folder: string): AuthConfig {
  const source = (value: string | undefined, file: string | undefined): SecretSource =>
    value === undefined ? { file: resolve(folder, file ?? "") } : { value: createSecret(value) };
  const { token, token_file: tokenFile, password, ak_sk: keys, ecs_agency: agency } = auth;
  if (token !== undefined) return { method: "token", token: createSecret(token) };
  if (password) {
    return {
      method: "password",
      domainName: password.domain_name,
      userName: password.user_name,
      password: source(password.password, password.password_file),
    };
  }
  if (keys) {
    const temporary = keys.security_token !== undefined || keys.security_token_file !== undefined;
    return {
      method: "ak_sk",
      accessKey: source(keys.access_key, keys.access_key_file),
      secretKey: source(keys.secret_key, keys.secret_key_file),
      ...(temporary && { securityToken: source(keys.security_token, keys.security_token_file) }),
    };
  }
  if (agency) return { method: "ecs_agency", endpoint: agency.endpoint };
  return { method: "token_file", path: resolve(folder, tokenFile ?? "") };
}

function sdkAuth({ accessKey = "", secretKey = "", securityToken }: SdkEnvironment): AuthConfig {
  return {
    method: "ak_sk",
    accessKey: { value: createSecret(accessKey) },
    secretKey: { value: createSecret(secretKey) },
    ...(securityToken !== undefined && { securityToken: { value: createSecret(securityToken) } }),
  };
}

function buildProxy({
  proxy_url: url,
  proxy_from_environment: fromEnvironment,
}: ParsedProject): ProxyConfig | undefined {
  if (url !== undefined) return { url: createSecret(url) };
  return fromEnvironment ? { fromEnvironment } : undefined;
}

function buildTls(tls: NonNullable<ParsedProject["tls_config"]>, folder: string): TlsConfig {
  const { ca_file: ca, cert_file: cert, key_file: key, server_name: serverName } = tls;
  return {
    ...(ca !== undefined && { caFile: resolve(folder, ca) }),
    ...(cert !== undefined && { certFile: resolve(folder, cert) }),
    ...(key !== undefined && { keyFile: resolve(folder, key) }),
    ...(serverName !== undefined && { serverName }),
    insecureSkipVerify: tls.insecure_skip_verify,
  };
}
