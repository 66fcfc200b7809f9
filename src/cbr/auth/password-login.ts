import type { Clock } from "../../base/clock.ts";
import { defined } from "../../base/json.ts";
import { isOneLine } from "../../base/patterns.ts";
import { createSecret, reveal, type Secret } from "../../base/secret.ts";
import type { AuthConfig, ProjectConfig } from "../../config/config.ts";
import type { Iam } from "../calls/iam.ts";
import type { Login } from "../transport/login.ts";
import { createRenewal, type Lease, tenthOfLife } from "./renewal.ts";
import { createSecretReader } from "./secret-reader.ts";

export interface PasswordLoginOptions {
  readonly config: Pick<ProjectConfig, "name" | "id" | "region">;
  readonly iam: Iam | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

interface ScopedToken {
  readonly token: Secret;
  readonly projectId: string;
}

/** `auth.password`: a token from IAM, kept until shortly before its end and renewed early when it is refused. */
export function passwordLogin(
  auth: Extract<AuthConfig, { method: "password" }>,
  { config, iam, clock, random }: PasswordLoginOptions,
): Login {
  // The configuration was refused without one.
  if (!iam) throw new Error(`project ${config.name}: a password login needs iam_endpoint`);
  const { createToken, projectIds } = iam;
  const { domainName, userName } = auth;
  const { id, region = "" } = config;
  const readPassword = createSecretReader(auth.password, "password.password_file", isOneLine);

  async function obtain(): Promise<Lease<ScopedToken>> {
    const { secret } = await readPassword();
    const project = id === undefined ? { name: region, domain: { name: domainName } } : { id };
    const { token, ...issued } = await createToken({ domainName, userName, password: reveal(secret) }, project);
    const projectId = id ?? issued.projectId ?? (await lookUpProject(token));
    const value = { token: createSecret(token), projectId };
    return defined({ value, expiresAt: issued.expiresAt, lifeMs: issued.lifeMs });
  }

  /** The id of the region's project, where the login's answer lacks it. Only then: a plain reader may not list projects. */
  async function lookUpProject(token: string): Promise<string> {
    const ids = await projectIds(token, region);
    const [found] = ids;
    if (found !== undefined && ids.length === 1) return found;
    throw new Error(
      ids.length === 0
        ? `IAM knows no project named ${region} that this user may use; give the project's id in the configuration`
        : `IAM knows ${ids.length} projects named ${region}; give the id of the one meant in the configuration`,
    );
  }

  const renewal = createRenewal({
    obtain,
    marginMs: tenthOfLife(random),
    // A password that has been corrected is tried at once.
    input: async () => (await readPassword()).generation,
    clock,
  });
  return {
    async credential() {
      const { value, generation } = await renewal.current();
      return { generation, projectId: value.projectId, headers: () => ({ "x-auth-token": reveal(value.token) }) };
    },
    refused: renewal.refused,
    expiresAt: renewal.expiresAt,
    pausedMs: renewal.pausedMs,
  };
}
