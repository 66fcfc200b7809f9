import { generateKeyPairSync } from "node:crypto";
import { createAuthority } from "../support/certificates.ts";

/** A certificate whose key has 512 bits, which TLS refuses; made once with `openssl req -x509`, until the year 2126. */
const weakCertificate = `-----BEGIN CERTIFICATE-----
MIIBdzCCASGgAwIBAgIUXrirnoMmADvJgh20tukvEN31CZIwDQYJKoZIhvcNAQEF
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjQxNDA1NDlaGA8yMTI2MTAzMTE0
MDU0OVowDzENMAsGA1UEAwwEd2VhazBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQDC
YpF7Zm8cyIgnyHFhiC7FOggOekQqJYU4qtwinv9neWoJlv6epZEFaoBy1U85Tg5V
XQLBcIAHhkTjoPmJ0zVpAgMBAAGjUzBRMB0GA1UdDgQWBBTxNCeh8RsvBaTeyCc8
HCOkpUTJ1zAfBgNVHSMEGDAWgBTxNCeh8RsvBaTeyCc8HCOkpUTJ1zAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBBQUAA0EAtEVRCR2+72RuoQuwGmDNRRfYk/Gp
rewPfCW54CeFAbXt9uwz+vzp6QHIgg05FWuQ4Vh+eZ8hDpgp6sGOdklhjg==
-----END CERTIFICATE-----
`;
const weakKey = `-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAwmKRe2ZvHMiIJ8hx
YYguxToIDnpEKiWFOKrcIp7/Z3lqCZb+nqWRBWqActVPOU4OVV0CwXCAB4ZE46D5
idM1aQIDAQABAkAoL9Kd7W55R+gGOYVfQZVRxw6VV6eyAvHI5mH+clqhHHd6zZrR
sMbCpUt2toxbXsM/zL6q9suW/RUf8+wZFJI1AiEA6mec79NY5mbEMu1/LNgvFDQj
OaTbeZ9mdR2XudAvVIsCIQDUSxlMHqZ2hRp2oocuy2ZPgLyofI6NfJyp3utM5P14
WwIhALV6IIugsjw3JgFT1Fkwyko3D2qKkw03dsiHb7eBUZN/AiAuaZzGP401LDR0
62OSn3VmvEaCr3ibBjtaCBp5XTbtMQIhAJBujbCzN/MW4r2SM3gihwkEK5npO4e6
QJRDe2aUJX8v
-----END PRIVATE KEY-----
`;

/** By name: what `tls_config` may meet. */
export function pemFiles(): Readonly<Record<string, string>> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = { cipher: "aes-256-cbc", passphrase: "hunter2" };
  const authority = createAuthority();
  const { cert, key } = authority.issue({ names: ["client"] });
  return {
    "ca.pem": authority.ca,
    "cert.pem": cert,
    "key.pem": key,
    "other-key.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "encrypted-key.pem": privateKey.export({ type: "pkcs8", format: "pem", ...secret }).toString(),
    "old-encrypted-key.pem": privateKey.export({ type: "sec1", format: "pem", ...secret }).toString(),
    "public-key.pem": publicKey.export({ type: "spki", format: "pem" }).toString(),
    "weak-cert.pem": weakCertificate,
    "weak-key.pem": weakKey,
    "bundle.pem": `# one\n${authority.ca}\n# two\n${weakCertificate}`,
    "damaged.pem": cert + cert.replace("MII", "IIM"),
    "cut.pem": cert.slice(0, 300),
    "marked.pem": `\ufeff${authority.ca}`,
  };
}
