import { generateKeyPairSync } from "node:crypto";
import { createAuthority } from "../support/certificates.ts";

/** By name: what `tls_config` may meet. */
export function pemFiles(): Readonly<Record<string, string>> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = { cipher: "aes-256-cbc", passphrase: "hunter2" };
  const authority = createAuthority();
  const { cert, key } = authority.issue({ names: ["client"] });
  // TLS refuses 512 bits.
  const weak = authority.issue({ names: ["weak"], keys: generateKeyPairSync("rsa", { modulusLength: 512 }) });
  return {
    "ca.pem": authority.ca,
    "cert.pem": cert,
    "key.pem": key,
    "other-key.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "encrypted-key.pem": privateKey.export({ type: "pkcs8", format: "pem", ...secret }).toString(),
    "old-encrypted-key.pem": privateKey.export({ type: "sec1", format: "pem", ...secret }).toString(),
    "public-key.pem": publicKey.export({ type: "spki", format: "pem" }).toString(),
    "weak-cert.pem": weak.cert,
    "weak-key.pem": weak.key,
    "bundle.pem": `# one\n${authority.ca}\n# two\n${weak.cert}`,
    "damaged.pem": cert + cert.replace("MII", "IIM"),
    "cut.pem": cert.slice(0, 300),
    "marked.pem": `\ufeff${authority.ca}`,
  };
}
