import { faultKinds } from "./parse-fault.ts";
import {
  defaultKeys,
  defaultToken,
  defaultTokenBytes,
  defaultTokenSeconds,
  defaultUsers,
} from "./simulator-options.ts";
import { vendorProjectId } from "./vendor-example.ts";

const users = defaultUsers.map(({ domain, name, password }) => `${domain}/${name}:${password}`).join(" ");
const keys = defaultKeys.map(({ access, secret }) => `${access}:${secret}`).join(" ");

/** What `--help` prints. */
export const simulatorHelp = `Usage: npm run simulator -- [flags]

A small Huawei Cloud CBR with tasks that move, for the demo, the tests and any other client; with IAM on the same port.

  --listen-address=127.0.0.1:0   :port, host:port or [v6]:port; port 0 picks a free one
  --tls-cert=FILE, --tls-key=FILE   HTTPS with this certificate and key (PEM)
  --token=${defaultToken}             an X-Auth-Token that is always right
  --project-id=ID                default ${vendorProjectId}
  --user=DOMAIN/NAME:PASSWORD    repeatable; who can log in. Default ${users}
  --may-list-projects            GET /v3/projects answers; without it IAM refuses, as it does to a plain reader
  --token-life=${defaultTokenSeconds}             seconds that a login's token lives
  --token-bytes=${defaultTokenBytes}             length of a login's token; the cloud's can have 20480
  --access-key=AK:SK             repeatable; who can sign. Default ${keys}
  --metadata                     also a server's metadata service, with temporary keys
  --seed=1                       the same seed, the same tasks
  --tasks=0                      adds so many generated tasks
  --latency=5-40                 milliseconds of an answer
  --fault=ID=kind[:arg]          repeatable; ID is a task's id, or * for all tasks, or a target named below
  --help

GET / lists the ids of all tasks. ShowOpLog is GET /v3/{project_id}/operation-logs/{id}.
ListOpLogs is GET /v3/{project_id}/operation-logs, with its filters, limit and offset.
IAM: POST and GET /v3/auth/tokens, GET /v3/auth/projects, GET /v3/projects. DELETE /simulator/tokens revokes all tokens, with the header
X-Subject-Token that one. More than five wrong signatures in a row lock a key for five minutes, as in the cloud.
With --metadata: PUT /meta-data/latest/api/token, GET /openstack/latest/securitykey.

Faults: ${faultKinds.slice(0, 9).join(", ")},
        ${faultKinds.slice(9).join(", ")}.
  throttle[:seconds or text]     429, with Retry-After when given
  server-error[:status]          500
  status:code                    any status, with the cloud's body for it
  wrong-shape[:object|null|list] {}, {"operation_log": null}, []
  foreign-id[:id]                the right answer under another id
  redirect[:location]            302
  raw:body                       200 with that body
  slow-body[:ms]                 one byte every ms (100), without an end
  huge-body:bytes                the right answer, padded
  latency:ms                     the right answer, later
  Without an argument: broken-json, html, empty, hang, cut, cut-body, endless-body.
The long form is JSON: --fault='*={"kind":"throttle","retryAfter":5,"retryAfterAs":"date","times":3,"every":2}'
("times": heals after so many strikes; "every": strikes each nth request only).
Targets beside tasks: cbr:list (ListOpLogs), iam:tokens (KeystoneCreateToken, KeystoneValidateToken),
iam:projects (KeystoneListProjects, KeystoneListAuthProjects), metadata (MetadataToken, GetSecurityKey); one operation
alone by its name.
While it runs: PUT /simulator/faults/{id or *} with that JSON, DELETE /simulator/faults/{id or *}, GET /simulator/faults.
`;
