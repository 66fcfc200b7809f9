import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its private key, as PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** Host names and IP addresses that the certificate is good for. */
  readonly names: readonly string[];
  /** Default: yesterday. */
  readonly notBefore?: Date;
  /** Default: in 30 days. */
  readonly notAfter?: Date;
}

/** A certificate authority that nobody trusts but who is given `ca`. */
export interface Authority {
  readonly ca: string;
  issue(options: CertificateOptions): KeyAndCertificate;
}

const day = 86_400_000;

/**
 * Node makes keys and signatures but no certificates, and the program openssl may be missing: so X.509 (RFC 5280) by
 * hand, as little of it as TLS needs.
 */
export function createAuthority(name = `Test authority ${randomBytes(4).toString("hex")}`): Authority {
  const issuer = newKeys();
  const life = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 30 * day) };
  const certificate = (subject: string, publicKey: KeyObject, extensions: readonly Buffer[], valid = life) =>
    pem(
      "CERTIFICATE",
      signed(
        issuer.privateKey,
        toBeSigned({ issuer: name, issuerKey: issuer.publicKey, subject, publicKey, extensions, ...valid }),
      ),
    );
  return {
    ca: certificate(name, issuer.publicKey, [basicConstraints(true), keyUsage(certSign)]),
    issue({ names, ...valid }) {
      const { privateKey, publicKey } = newKeys();
      const extensions = [basicConstraints(false), keyUsage(digitalSignature), subjectAltName(names)];
      return {
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        cert: certificate(names[0] ?? "", publicKey, extensions, { ...life, ...valid }),
      };
    },
  };
}

const newKeys = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });

interface Contents {
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

function toBeSigned({ issuer, issuerKey, subject, publicKey, notBefore, notAfter, extensions }: Contents): Buffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0); // positive, and of full length
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject),
    spki(publicKey),
    der(0xa3, sequence(...extensions, subjectKeyIdentifier(publicKey), authorityKeyIdentifier(issuerKey))),
  );
}

function signed(issuerKey: KeyObject, contents: Buffer): Buffer {
  const signature = sign("sha256", contents, issuerKey);
  return sequence(contents, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
}

const certSign = 0x06; // keyCertSign and cRLSign
const digitalSignature = 0x80;

const basicConstraints = (isAuthority: boolean) =>
  extension("2.5.29.19", true, sequence(...(isAuthority ? [yes] : [])));

const keyUsage = (bits: number) =>
  extension("2.5.29.15", true, der(0x03, Buffer.from([31 - Math.clz32(bits & -bits), bits])));

// Strict clients (X509_V_FLAG_X509_STRICT, Python 3.13) want to see which key signed which.
const subjectKeyIdentifier = (key: KeyObject) => extension("2.5.29.14", false, der(0x04, keyIdentifier(key)));
const authorityKeyIdentifier = (key: KeyObject) =>
  extension("2.5.29.35", false, sequence(der(0x80, keyIdentifier(key))));

const spki = (key: KeyObject) => key.export({ type: "spki", format: "der" });
const keyIdentifier = (key: KeyObject) => createHash("sha1").update(spki(key)).digest();

const subjectAltName = (names: readonly string[]) => extension("2.5.29.17", false, sequence(...names.map(altName)));

function altName(name: string): Buffer {
  return isIP(name) === 0 ? der(0x82, Buffer.from(name, "ascii")) : der(0x87, addressBytes(name));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1); // hexadecimal groups alone
  const [head = [], tail = []] = normal.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [yes] : []), der(0x04, value));
}

/** A common name alone. */
function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, Buffer.from(name)))));
}

/** UTCTime until 2049, then GeneralizedTime (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const yes = der(0x01, Buffer.from([0xff]));
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

function pem(label: string, contents: Buffer): string {
  const lines = contents.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
