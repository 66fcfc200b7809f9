import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../src/simulator/tasks/sim-task.ts";
import { put, tempFolder } from "./config/temp-folder.ts";
import { createAuthority } from "./support/certificates.ts";
import { loadConfig } from "./support/load-config.ts";
import { openServed } from "./support/served.ts";

test("one configuration, four projects, a login each, over HTTPS: all up in one scrape", async () => {
  const authority = createAuthority();
  const cloud = await startSimulator({
    latencyMs: [0, 0],
    projects: ["with-password", "with-key", "with-agency"].map((id) => ({ id, name: id })),
    tls: authority.issue({ names: ["127.0.0.1"] }),
  });
  onTestFinished(() => cloud.close());
  const folder = await tempFolder({
    "ca.pem": authority.ca,
    token: "demo-token\n",
    password: "demo-password\n",
    "secret-key": "demo-secret-key\n",
  });
  const project = (name: string, auth: string) => `  - name: ${name}
    id: ${name === "with-token" ? vendorProjectId : name}
    endpoint: ${cloud.url}
    iam_endpoint: ${cloud.url}
    auth: ${auth}
    tls_config: { ca_file: ca.pem }
`;
  const logins = [
    ["with-token", "{ token_file: token }", "token_file"],
    ["with-password", "{ password: { domain_name: demo, user_name: exporter, password_file: password } }", "password"],
    ["with-key", "{ ak_sk: { access_key: DEMOACCESSKEY, secret_key_file: secret-key } }", "ak_sk"],
    ["with-agency", "{ ecs_agency: { endpoint: METADATA } }", "ecs_agency"],
  ] as const;
  // Its own listener, for it has no TLS; the keys that it gives are made known to the cloud.
  const metadata = await startSimulator({ latencyMs: [0, 0], metadata: { requireToken: true } });
  onTestFinished(() => metadata.close());
  const relayed = await relayKeys(metadata.url, (access, secret, securityToken, expiresAtMs) =>
    cloud.setKey({ access, secret, securityToken, expiresAtMs }),
  );
  const projects = logins.map(([name, auth]) => project(name, auth.replace("METADATA", relayed)));
  const collectors = logins.map(
    ([name]) => `  - { name: of-${name}, project: ${name}, schedule: "0 0 1 1 *", tasks: [${vendorExample.id}] }\n`,
  );
  await put(join(folder, "config.yaml"), `projects:\n${projects.join("")}collectors:\n${collectors.join("")}`);
  const { scrape } = await openServed(await loadConfig({ file: join(folder, "config.yaml"), env: {} }));
  for (const [name] of logins) {
    await expect.poll(scrape).toContain(`cbr_up{project="${name}"} 1\n`);
  }
  const text = await scrape();
  for (const [name, , method] of logins) {
    expect(text).toContain(`cbr_task_status{project="${name}",task_id="${vendorExample.id}",status="success"} 1\n`);
    const expiry = `cbr_auth_token_expiry_timestamp_seconds{project="${name}",method="${method}"} `;
    expect(text.includes(expiry)).toBe(method !== "ak_sk");
  }
});

/** A metadata service before that of the simulator, which tells of each key that passes. @returns its URL */
async function relayKeys(
  url: string,
  told: (access: string, secret: string, securityToken: string, expiresAtMs: number) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const headers = Object.entries(request.headers).filter(([name]) => name.startsWith("x-metadata")) as [
      string,
      string,
    ][];
    const answer = await fetch(url + request.url, { method: request.method ?? "GET", headers });
    const body = await answer.text();
    if (request.url?.endsWith("securitykey")) {
      const { credential } = JSON.parse(body) as { credential: Record<string, string> };
      const { access = "", secret = "", securitytoken = "", expires_at = "" } = credential;
      told(access, secret, securitytoken, Date.parse(expires_at));
    }
    response.writeHead(answer.status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
