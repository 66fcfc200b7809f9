import { createSecret } from "../../src/base/secret.ts";
import type { AuthConfig, SecretSource } from "../../src/config/config.ts";
import type { Fault } from "../../src/simulator/faults/kinds.ts";

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

/** What the metadata service of a server without an agency says, as a fault of `GetSecurityKey`. */
export const noAgency: Fault = {
  kind: "status",
  status: 401,
  contentType: "text/plain; charset=utf-8",
  body: "401 Unauthorized\nPlease configure Cloud Service Agency first\n",
};
