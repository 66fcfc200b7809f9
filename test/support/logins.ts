import { createSecret } from "../../src/base/secret.ts";
import type { AuthConfig, SecretSource } from "../../src/config/config.ts";

export const secret = (value: string): SecretSource => ({ value: createSecret(value) });

/** The login of the simulator's user. */
export function passwordAuth(
  password: SecretSource = secret("demo-password"),
): Extract<AuthConfig, { method: "password" }> {
  return { method: "password", domainName: "demo", userName: "exporter", password };
}

/** The login with the simulator's key. */
export function keyAuth(
  part: Partial<Extract<AuthConfig, { method: "ak_sk" }>> = {},
): Extract<AuthConfig, { method: "ak_sk" }> {
  return {
    method: "ak_sk",
    accessKey: secret("DEMOACCESSKEY"),
    secretKey: secret("demo-secret-key"),
    ...part,
  };
}
