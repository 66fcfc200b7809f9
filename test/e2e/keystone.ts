import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TokenState } from "../../src/simulator/tokens.ts";
import { watch } from "../program.ts";
import { tool } from "./tools.ts";

const run = promisify(execFile);
const domain = { id: "default", name: "Default" };

/** A real Keystone, alone, with a project and a plain reader in it. */
export interface Keystone {
  readonly url: string;
  readonly projectId: string;
  setPassword(password: string): Promise<void>;
  /** `POST /v3/auth/tokens` of the reader. */
  login(password: string, scope: object): Promise<Response>;
  /** What it says of a token; asked anew each time, since it may revoke one at any time. */
  lookUp(token: string): Promise<TokenState>;
  stop(): Promise<void>;
}

export interface Reader {
  readonly project: string;
  readonly user: string;
  readonly password: string;
}

/** Sets one up in a folder of its own, with SQLite, and serves it on a free port. @throws {Error} where it is not installed */
export async function startKeystone({ project, user, password }: Reader): Promise<Keystone> {
  const [manage, serve] = [tool("keystone-manage"), tool("keystone-wsgi-public")];
  const folder = mkdtempSync(join(tmpdir(), "cbr-keystone-"));
  const config = join(folder, "keystone.conf");
  const keys = ["fernet_tokens", "fernet_receipts", "credential"];
  const repositories = keys.map((section) => `[${section}]\nkey_repository = ${folder}/${section}\n`).join("");
  writeFileSync(config, `[database]\nconnection = sqlite:///${folder}/keystone.db\n${repositories}`);
  const admin = (...args: string[]) => run(manage, ["--config-file", config, ...args]);
  await admin("db_sync");
  // Who runs the tests owns the keys.
  const [uid, gid] = [String(process.getuid?.()), String(process.getgid?.())];
  await admin("fernet_setup", "--keystone-user", uid, "--keystone-group", gid);
  await admin("bootstrap", "--bootstrap-password", "admin-password");

  const program = watch(spawn(serve, ["--host", "127.0.0.1", "--port", "0", "--", "--config-file", config]));
  const stop = async (): Promise<void> => {
    program.process.kill();
    await program.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await portOf(program).then((port) => `http://127.0.0.1:${port}`);
    const login = (name: string, secret: string, scope: object) =>
      fetch(`${url}/v3/auth/tokens`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          auth: { identity: { methods: ["password"], password: { user: { name, password: secret, domain } } }, scope },
        }),
      });
    const token = (await login("admin", "admin-password", { project: { name: "admin", domain } })).headers.get(
      "x-subject-token",
    );
    /** A call of the administrator's. @returns the id of what it made or found */
    async function asked(method: string, path: string, body?: object): Promise<string> {
      const answer = await fetch(`${url}/v3/${path}`, {
        method,
        headers: { "x-auth-token": token ?? "", "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`Keystone refuses ${method} ${path}: HTTP ${answer.status} ${text}`);
      return /"id": "(\w+)", "name"/.exec(text)?.[1] ?? "";
    }
    const projectId = await asked("POST", "projects", { project: { name: project, domain_id: domain.id } });
    const userId = await asked("POST", "users", { user: { name: user, password, domain_id: domain.id } });
    const roleId = await asked("GET", "roles?name=reader");
    await asked("PUT", `projects/${projectId}/users/${userId}/roles/${roleId}`);
    return {
      url,
      projectId,
      setPassword: async (secret) => void (await asked("PATCH", `users/${userId}`, { user: { password: secret } })),
      login: (secret, scope) => login(user, secret, scope),
      lookUp: (text) => lookUp(url, text),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function lookUp(url: string, text: string): Promise<TokenState> {
  const headers = { "x-auth-token": text, "x-subject-token": text };
  const response = await fetch(`${url}/v3/auth/tokens?nocatalog=true`, { headers });
  if (response.status !== 200) return { is: "unknown" };
  const { token } = (await response.json()) as {
    readonly token: {
      readonly user: { readonly name: string; readonly domain: { readonly name: string } };
      readonly project?: { readonly id: string };
      readonly issued_at: string;
      readonly expires_at: string;
    };
  };
  const { user, project, issued_at: issued, expires_at: expires } = token;
  const scope = project && { projectId: project.id };
  const lasts = { issuedMs: Date.parse(issued), expiresMs: Date.parse(expires) };
  return { is: "valid", token: { text, user: user.name, domain: user.domain.name, ...scope, ...lasts } };
}

/** It tells its port on stdout. */
async function portOf(program: ReturnType<typeof watch>): Promise<string> {
  for (;;) {
    const port = /^Available at http:\/\/[^:]+:(\d+)\//m.exec(program.stdout())?.[1];
    if (port !== undefined) return port;
    if (program.process.exitCode !== null) throw new Error(`Keystone ended:\n${program.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
