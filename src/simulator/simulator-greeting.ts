import type { SimUser } from "./identity/directory.ts";
import type { SimKey } from "./signature/sim-key.ts";

/** What the process says once it listens. */
export interface Listening {
  readonly address: string;
  readonly url: string;
  readonly token: string;
  readonly projectId: string;
  readonly users: readonly SimUser[];
  readonly keys: readonly SimKey[];
  /** A task to try. */
  readonly exampleId: string;
}

/** The log line that scripts wait for, in the project's logfmt form. @param nowMs milliseconds since 1970 */
export function listeningLine({ address }: Pick<Listening, "address">, nowMs: number): string {
  return `time=${new Date(nowMs).toISOString()} level=info msg="Listening on" address=${address}\n`;
}

/** The lines for people. */
export function greeting({ url, token, projectId, users, keys, exampleId }: Listening): string {
  const user = users.map(({ domain, name, password }) => `  user:        ${name} of ${domain}, password ${password}\n`);
  const key = keys.map(({ access, secret }) => `  access key:  ${access}, secret ${secret}\n`);
  return `CBR simulator: ${url}
  token:       ${token}
${user.join("")}${key.join("")}  project id:  ${projectId}
  all ids:     curl ${url}/
  one task:    curl -H 'X-Auth-Token: ${token}' ${url}/v3/${projectId}/operation-logs/${exampleId}
`;
}
