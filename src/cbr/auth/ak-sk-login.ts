import type { Clock } from "../../base/clock.ts";
import { toMillis } from "../../base/micros.ts";
import { isToken } from "../../base/patterns.ts";
import { reveal } from "../../base/secret.ts";
import type { AuthConfig } from "../../config/config.ts";
import type { Credential, Login, RefusalPolicy } from "../transport/login.ts";
import { createSecretReader } from "./secret-reader.ts";
import { authorization, type SigningKey, sdkDate } from "./sign.ts";

/** More than five bad signatures in a row lock a key for five minutes, be they of one request or of many. */
export const keyRefusalPolicy: RefusalPolicy = { refusals: 2, firstPauseMs: 5 * 60_000, oncePerRequest: false };

/** An access key with its secret, and the token that comes with temporary ones. */
export interface AccessKey extends SigningKey {
  readonly securityToken?: string | undefined;
}

/** `auth.ak_sk`: requests signed with an access key; files are read again when they change. */
export function akSkLogin(auth: Extract<AuthConfig, { method: "ak_sk" }>, projectId: string, clock: Clock): Login {
  const readAccess = createSecretReader(auth.accessKey, "ak_sk.access_key_file", isToken);
  const readSecret = createSecretReader(auth.secretKey, "ak_sk.secret_key_file", isToken);
  const readToken = auth.securityToken && createSecretReader(auth.securityToken, "ak_sk.security_token_file", isToken);
  return {
    refusalPolicy: keyRefusalPolicy,
    async credential() {
      const [access, secret, token] = await Promise.all([readAccess(), readSecret(), readToken?.()]);
      // Each part counts its own changes; together they count all.
      const generation = access.generation + secret.generation + (token?.generation ?? 0);
      const key = {
        access: reveal(access.secret),
        secret: reveal(secret.secret),
        securityToken: token && reveal(token.secret),
      };
      return signingCredential(key, generation, projectId, clock);
    },
    expiresAt: () => undefined,
  };
}

/** Signs each request anew: a signature is good for 15 minutes. */
export function signingCredential(key: AccessKey, generation: number, projectId: string, clock: Clock): Credential {
  return {
    generation,
    headers(request) {
      const date = sdkDate(toMillis(clock.now()));
      const headers = {
        "x-sdk-date": date,
        "x-project-id": projectId,
        ...(key.securityToken !== undefined && { "x-security-token": key.securityToken }),
      };
      return { ...headers, authorization: authorization({ ...request, headers }, key, date) };
    },
  };
}
