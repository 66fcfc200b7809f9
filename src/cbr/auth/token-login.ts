import { readFile, stat } from "node:fs/promises";
import type { AuthConfig } from "../../config/config.ts";
import { Secret } from "../../config/secret.ts";
import type { Credential, Login } from "./login.ts";

/** `auth.token`: the token stands in the configuration. */
export function tokenLogin({ token }: Extract<AuthConfig, { method: "token" }>): Login {
  const credential = tokenCredential(token, 1);
  return { credential: async () => credential, expiresAt: () => undefined };
}

/**
 * `auth.token_file`: the file is looked at before every use and read again when its time, size or inode changed, so
 * that a rotated token needs no reload. A file that is empty or missing for a moment keeps the token read before.
 */
export function tokenFileLogin({ path }: Extract<AuthConfig, { method: "token_file" }>): Login {
  let seen: string | undefined;
  let current: Credential | undefined;

  return {
    async credential() {
      try {
        const { mtimeMs, size, ino } = await stat(path);
        const now = `${mtimeMs} ${size} ${ino}`;
        if (now !== seen || !current) {
          const token = new Secret(readToken(await readFile(path, "utf8")));
          seen = now;
          current = tokenCredential(token, (current?.generation ?? 0) + 1);
        }
      } catch (error) {
        if (!current) throw new Error(`auth.token_file: ${reasonOf(error)}`);
      }
      return current;
    },
    expiresAt: () => undefined,
  };
}

/** A header value with a newline wedges undici's connection: a token is one line of printable ASCII. */
function readToken(text: string): string {
  const token = text.replace(/\r?\n$/, "");
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error("must hold one token on one line; write the token alone into it");
  return token;
}

function tokenCredential(token: Secret, generation: number): Credential {
  return { generation, headers: () => ({ "x-auth-token": token.reveal() }) };
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "the file does not exist; create it, or correct the path";
  if (code === "EACCES") return "the file cannot be read; give the exporter's user the right to";
  return code ?? (error as Error).message;
}
