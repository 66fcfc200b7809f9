import type { Clock } from "../../base/clock.ts";
import { isOneLine } from "../../base/patterns.ts";
import { createSecret, reveal, type Secret } from "../../base/secret.ts";
import type { AuthConfig } from "../../config/config.ts";
import type { Iam, IssuedToken } from "../calls/iam.ts";
import type { Login } from "../transport/login.ts";
import { createRenewal, tenthOfLife } from "./renewal.ts";
import { createSecretReader } from "./secret-reader.ts";

export interface PasswordLoginOptions {
  readonly auth: Extract<AuthConfig, { method: "password" }>;
  /** By id, or by the name that the region has as a project of the user's domain; IAM then tells its id. */
  readonly project: { readonly id: string } | { readonly name: string };
  readonly iam: Iam;
  readonly clock: Clock;
  readonly random: () => number;
}

interface ScopedToken {
  readonly token: Secret;
  readonly projectId: string;
}

/** `auth.password`: a token from IAM, kept until shortly before its end and renewed early when it is refused. */
export function passwordLogin({ auth, project, iam, clock, random }: PasswordLoginOptions): Login {
  const readPassword = createSecretReader(auth.password, "password.password_file", isOneLine);

  async function obtain() {
    const { secret } = await readPassword();
    const user = { domainName: auth.domainName, userName: auth.userName, password: reveal(secret) };
    const issued = await iam.createToken(
      user,
      "id" in project ? project : { ...project, domain: { name: auth.domainName } },
    );
    const projectId = "id" in project ? project.id : (issued.projectId ?? (await lookUp(issued, project.name)));
    const value: ScopedToken = { token: createSecret(issued.token), projectId };
    return {
      value,
      ...(issued.expiresAt !== undefined && { expiresAt: issued.expiresAt }),
      ...(issued.lifeMs !== undefined && { lifeMs: issued.lifeMs }),
    };
  }

  /** For an answer that does not name its project; a plain reader may not list them. */
  async function lookUp({ token }: IssuedToken, name: string): Promise<string> {
    const ids = await iam.projectIds(token, name);
    const [id] = ids;
    if (id !== undefined && ids.length === 1) return id;
    throw new Error(
      ids.length === 0
        ? `IAM knows no project named ${name} that this user may use; give the project's id in the configuration`
        : `IAM knows ${ids.length} projects named ${name}; give the id of the one meant in the configuration`,
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
    refused: (generation) => renewal.refused(generation),
    expiresAt: () => renewal.expiresAt(),
    pausedMs: () => renewal.pausedMs(),
  };
}
