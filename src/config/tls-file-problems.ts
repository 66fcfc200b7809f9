import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { readTextFile } from "../base/read-text-file.ts";
import { certificatesIn, type Pem, privateKeyIn } from "./pem.ts";
import type { Problem } from "./problem.ts";
import { child, items, type Tree, textOf } from "./yaml/tree.ts";

/** Bytes; a bundle of all public authorities has a fifth of it. */
const maxPemBytes = 1024 * 1024;

/** What is wrong with the PEM files that a configuration names; never quotes their content, nor their paths. */
export async function tlsFileProblems(tree: Tree, file: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [index, project] of items(child(tree, "projects")).entries()) {
    const tls = child(project, "tls_config");
    const report = (key: string, message: string): void => {
      const { at } = child(tls, key) ?? project;
      problems.push({ at, path: ["projects", index, "tls_config", key], message });
    };
    /** The text of a file and what was read from it; undefined when it is not named, or wrong and reported. */
    const read = async <T>(key: string, parse: (text: string) => Pem<T>) => {
      const path = textOf(child(tls, key));
      if (path === undefined || path === "") return undefined;
      const content = await readPem(resolve(dirname(file), path));
      const parsed = content.ok ? parse(content.value) : content;
      if (content.ok && parsed.ok) return { text: content.value, value: parsed.value };
      if (!parsed.ok) report(key, parsed.fault);
      return undefined;
    };
    await read("ca_file", certificatesIn);
    const certificate = await read("cert_file", certificatesIn);
    const key = await read("key_file", privateKeyIn);
    if (!certificate || !key) continue;
    // The first is the client's own; the others are those that signed it.
    if (!certificate.value[0]?.checkPrivateKey(key.value)) {
      report("key_file", "the private key is not that of the certificate in cert_file");
    } else if (!isAccepted(certificate.text, key.text)) {
      report("cert_file", "TLS refuses the certificate and its key, most often because they are too weak");
    }
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
