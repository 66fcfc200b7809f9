import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { defined } from "../../base/json.ts";
import { isHostName } from "../../base/patterns.ts";
import { readTextFile } from "../../base/read-text-file.ts";
import { certificatesIn, type Pem, privateKeyIn } from "../pem.ts";
import type { Problem } from "../problem.ts";
import { booleanField, textField } from "./fields.ts";
import { type Kind, mapOf, orDefault } from "./kind.ts";
import { below, type MapPlace, mayHave, problemAt, tell, type Wrong, wrong } from "./place.ts";

/** Bytes; a bundle of all public authorities has a fifth of it. */
const maxPemBytes = 1024 * 1024;

/** `tls_config`; paths are absolute. */
export interface TlsConfig {
  /** PEM, added to Node's bundled roots. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Checked against CBR's certificate instead of the endpoint's host; IAM's is checked against its own. */
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

function pemFile(holds: string, about: string): Kind<string> {
  return textField({ what: `the path of a PEM file that holds ${holds}`, about, pattern: /./ }, (text) => text !== "");
}

/** Prometheus's spelling. */
export const tlsConfig = mapOf(
  {
    what: "a map with any of ca_file, cert_file, key_file, server_name, insecure_skip_verify",
    about: "What TLS trusts and shows, in Prometheus's spelling; files are read again when they change.",
    keys: {
      ca_file: pemFile("the certificates of authorities", "Trusted besides the well-known authorities."),
      cert_file: pemFile("a certificate", "The client's own certificate, for servers that want one."),
      key_file: pemFile("a private key", "The key of `cert_file`, not encrypted."),
      server_name: textField(
        {
          what: "the name of a host, such as cbr.example.com",
          about: "The name that CBR's certificate must have, instead of the endpoint's host.",
          pattern: /^(?![\d.]*$)[A-Za-z0-9.-]{1,253}$/,
        },
        isHostName,
      ),
      insecure_skip_verify: orDefault(
        false,
        booleanField("Whether any certificate is taken: then whoever stands between can read the login."),
      ),
    },
    rules: { dependencies: { cert_file: ["key_file"], key_file: ["cert_file"] } },
  },
  (map, values): TlsConfig | Wrong => {
    for (const [key, other] of [["cert_file", "key_file"] as const, ["key_file", "cert_file"] as const]) {
      if (map.tree.entries.has(key) && !mayHave(map, other)) {
        tell(below(map, key), `needs ${other} too; write both or neither`);
      }
    }
    map.reading.fileChecks.push(() => pemProblems(map));
    if (!values) return wrong;
    const { ca_file: ca, cert_file: cert, key_file: key, server_name: serverName } = values;
    const absolute = (path: string | undefined) => (path === undefined ? path : resolve(map.reading.folder, path));
    return defined({
      caFile: absolute(ca),
      certFile: absolute(cert),
      keyFile: absolute(key),
      serverName,
      insecureSkipVerify: values.insecure_skip_verify,
    });
  },
);

async function pemProblems(map: MapPlace): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const report = (key: string, message: string): void => void problems.push(problemAt(below(map, key), message));
  /** The text of a file and what was read from it; undefined when it is not named, or wrong and reported. */
  const read = async <T>(key: string, parse: (text: string) => Pem<T>) => {
    const { tree } = below(map, key);
    if (tree.kind !== "text" || tree.text === "") return undefined;
    const content = await readPem(resolve(map.reading.folder, tree.text));
    const parsed = content.ok ? parse(content.value) : content;
    if (content.ok && parsed.ok) return { text: content.value, value: parsed.value };
    if (!parsed.ok) report(key, parsed.fault);
    return undefined;
  };
  await read("ca_file", certificatesIn);
  const certificate = await read("cert_file", certificatesIn);
  const key = await read("key_file", privateKeyIn);
  if (!certificate || !key) return problems;
  // The first is the client's own; the others are those that signed it.
  if (!certificate.value[0]?.checkPrivateKey(key.value)) {
    report("key_file", "the private key is not that of the certificate in cert_file");
  } else if (!isAccepted(certificate.text, key.text)) {
    report("cert_file", "TLS refuses the certificate and its key, most often because they are too weak");
  }
  return problems;
}

async function readPem(path: string): Promise<Pem<string>> {
  const content = await readTextFile(path, maxPemBytes);
  if (!content.ok) {
    // What else is no text is most often the binary form of a certificate.
    const advice = content.reason === "it is not UTF-8 text" ? "; it must be in PEM format, not DER" : "";
    return { ok: false, fault: `the file cannot be read: ${content.reason}${advice}` };
  }
  // OpenSSL passes over a first line that begins with it.
  if (content.text.startsWith("\ufeff"))
    return { ok: false, fault: "the file begins with a byte order mark; remove it" };
  return { ok: true, value: content.text };
}

function isAccepted(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}
