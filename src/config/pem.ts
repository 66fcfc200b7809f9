import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

export type Pem<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

const begin = "-----BEGIN CERTIFICATE-----";
const end = "-----END CERTIFICATE-----";

/** The certificates of a PEM text, at least one. A damaged one is a fault: TLS would silently end there. */
export function certificatesIn(text: string): Pem<readonly X509Certificate[]> {
  const certificates: X509Certificate[] = [];
  // Cut instead of matched: a pattern would search the rest again for each beginning without an end.
  for (const part of text.split(begin).slice(1)) {
    const certificate = readCertificate(begin + part);
    if (!certificate) return { ok: false, fault: `certificate ${certificates.length + 1} of the file is damaged` };
    certificates.push(certificate);
  }
  if (certificates.length > 0) return { ok: true, value: certificates };
  return { ok: false, fault: `the file must hold a certificate in PEM format (${begin} …)` };
}

function readCertificate(text: string): X509Certificate | undefined {
  const length = text.indexOf(end);
  if (length < 0) return undefined;
  try {
    return new X509Certificate(text.slice(0, length + end.length));
  } catch {
    return undefined;
  }
}

/** The private key of a PEM text. */
export function privateKeyIn(text: string): Pem<KeyObject> {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(text)) {
    return {
      ok: false,
      fault: "the private key is encrypted, and there is nowhere to give its passphrase; decrypt it",
    };
  }
  try {
    return { ok: true, value: createPrivateKey(text) };
  } catch {
    return { ok: false, fault: "the file must hold a private key in PEM format (-----BEGIN PRIVATE KEY----- …)" };
  }
}
