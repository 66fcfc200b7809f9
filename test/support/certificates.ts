import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";

/** A certificate and its private key, as PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface CertificateOptions {
  /** Host names and IP addresses that the certificate is good for. */
  readonly names: readonly string[];
  /** Default: yesterday. */
  readonly notBefore?: Date;
  /** Default: in 30 days. */
  readonly notAfter?: Date;
  /** Default: new ones, of an elliptic curve. */
  readonly keys?: KeyPair;
}

/** A certificate authority that nobody trusts but who is given `ca`. */
interface Authority {
  readonly ca: string;
  issue(options: CertificateOptions): KeyAndCertificate;
}

const day = 86_400_000;
const ecdsaWithSha256 = new x509.AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" });

/** Of the library's two halves this is the one that works without promises; @peculiar/x509 stands on it. */
export function createAuthority(): Authority {
  const issuer = `Test authority ${randomBytes(4).toString("hex")}`;
  const issuerKeys = newKeys();

  function certificate(subject: string, keys: KeyPair, validity: x509.Validity, extensions: x509.Extension[]): string {
    const tbsCertificate = new x509.TBSCertificate({
      version: x509.Version.v3,
      serialNumber: bytes(Buffer.from([1, ...randomBytes(15)])),
      signature: ecdsaWithSha256,
      issuer: commonName(issuer),
      validity,
      subject: commonName(subject),
      subjectPublicKeyInfo: AsnConvert.parse(
        keys.publicKey.export({ type: "spki", format: "der" }),
        x509.SubjectPublicKeyInfo,
      ),
      extensions: new x509.Extensions(extensions),
    });
    const signature = sign("sha256", Buffer.from(AsnConvert.serialize(tbsCertificate)), issuerKeys.privateKey);
    const signed = { tbsCertificate, signatureAlgorithm: ecdsaWithSha256, signatureValue: bytes(signature) };
    return new X509Certificate(Buffer.from(AsnConvert.serialize(new x509.Certificate(signed)))).toString();
  }

  return {
    ca: certificate(issuer, issuerKeys, lasting(), [isAuthority(true)]),
    issue({ names, keys = newKeys(), notBefore, notAfter }) {
      return {
        key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        cert: certificate(names[0] ?? "", keys, lasting(notBefore, notAfter), [isAuthority(false), isFor(names)]),
      };
    },
  };
}

const newKeys = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "prime256v1" });

function lasting(notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + 30 * day)): x509.Validity {
  return new x509.Validity({ notBefore, notAfter });
}

const bytes = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer;

function commonName(text: string): x509.Name {
  const attribute = { type: "2.5.4.3", value: new x509.AttributeValue({ utf8String: text }) };
  return new x509.Name([new x509.RelativeDistinguishedName([new x509.AttributeTypeAndValue(attribute)])]);
}

function isAuthority(cA: boolean): x509.Extension {
  return extension(x509.id_ce_basicConstraints, new x509.BasicConstraints({ cA }), true);
}

function isFor(names: readonly string[]): x509.Extension {
  const all = names.map((name) => new x509.GeneralName(isIP(name) ? { iPAddress: name } : { dNSName: name }));
  return extension(x509.id_ce_subjectAltName, new x509.SubjectAlternativeName(all));
}

function extension(extnID: string, value: object, critical = false): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}
