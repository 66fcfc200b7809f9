import { isToken } from "../../base/patterns.ts";
import { reveal } from "../../base/secret.ts";
import type { SecretSource } from "../../config/config.ts";
import type { Login } from "../transport/login.ts";
import { createSecretReader } from "./secret-reader.ts";

/**
 * `auth.token` and `auth.token_file`: somebody else renews the token.
 * It cannot be obtained by the exporter, so a refused one is only tried again, or read again once its file has changed.
 */
export function tokenLogin(source: SecretSource): Login {
  const read = createSecretReader(source, "token_file", isToken);
  return {
    async credential() {
      const { secret, generation } = await read();
      return { generation, headers: () => ({ "x-auth-token": reveal(secret) }) };
    },
    expiresAt: () => undefined,
  };
}
