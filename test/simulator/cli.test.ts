import { expect, test } from "vitest";
import { greeting, listeningLine, parseSimulatorFlags, simulatorHelp } from "../../src/simulator/cli.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";

const defaults = {
  host: "127.0.0.1",
  port: 0,
  token: "demo-token",
  projectId: vendorProjectId,
  users: [{ domain: "demo", name: "exporter", password: "demo-password" }],
  mayListProjects: false,
  tokenSeconds: 86_400,
  tokenBytes: 1024,
  keys: [{ access: "DEMOACCESSKEY", secret: "demo-secret-key" }],
  seed: 1,
  tasks: 0,
  listing: { timeOf: "created_at", repeats: false },
  latencyMs: [5, 40] as const,
  faults: [],
};
test.each([
  [[], {}],
  [["--listen-address=:80"], { host: "", port: 80 }],
  [["--listen-address", "[::1]:80"], { host: "::1", port: 80 }],
  [["--token", "t", "--project-id=p"], { token: "t", projectId: "p" }],
  [
    ["--user=acme/jo.e:p:w/d", "--user", "b/c:d"],
    {
      users: [
        { domain: "acme", name: "jo.e", password: "p:w/d" },
        { domain: "b", name: "c", password: "d" },
      ],
    },
  ],
  [["--access-key=AK:s:k=", "--metadata"], { keys: [{ access: "AK", secret: "s:k=" }], metadata: {} }],
  [["--token-life=60", "--token-bytes=20480"], { tokenSeconds: 60, tokenBytes: 20_480 }],
  [["--may-list-projects"], { mayListProjects: true }],
  [["--tls-cert=c.pem", "--tls-key", "k.pem"], { tlsFiles: { cert: "c.pem", key: "k.pem" } }],
  [
    ["--fault=iam:tokens=throttle:5"],
    { faults: [{ target: "iam:tokens", fault: { kind: "throttle", retryAfter: 5 } }] },
  ],
  [["--seed=0", "--tasks", "10000"], { seed: 0, tasks: 10_000 }],
  [["--resources=500"], { fleet: { resources: 500, days: 30 } }],
  [["--resources=5", "--days=7"], { fleet: { resources: 5, days: 7 } }],
  [
    ["--list-order=any", "--list-count=total", "--list-time=started_at", "--list-repeats"],
    { listing: { order: "any", count: "total", timeOf: "started_at", repeats: true } },
  ],
  [["--latency=7"], { latencyMs: [7, 7] }],
  [["--latency", "0-9"], { latencyMs: [0, 9] }],
  [
    ["--fault=a=hang", "--fault", "*=latency:5"],
    {
      faults: [
        { target: "a", fault: { kind: "hang" } },
        { target: "*", fault: { kind: "latency", ms: 5 } },
      ],
    },
  ],
])("flags %j", (args, changed) => expect(parseSimulatorFlags(args)).toEqual({ ...defaults, ...changed }));

test.each([
  [["--nope"], "Unknown option '--nope'"],
  [["stray"], /^Unexpected argument 'stray'/],
  [["--token"], "Option '--token <value>' argument missing"],
  [["--tasks", "-5"], "Option '--tasks' argument is ambiguous."],
  [["--token="], "--token: must be printable ASCII without blanks"],
  [["--project-id=../x"], "--project-id: must match [A-Za-z0-9_-]{1,64}"],
  [["--listen-address=80"], "--listen-address: must be :port, host:port or [v6]:port"],
  [["--tasks=many"], "--tasks: must be a whole number from 0 to 1000000"],
  [["--tasks=1000001"], "--tasks: must be a whole number from 0 to 1000000"],
  [["--resources=10001"], "--resources: must be a whole number from 0 to 10000"],
  [["--list-order=oldest"], "--list-order: must be one of id, newest, any"],
  [["--latency=9-5"], "--latency: must be milliseconds, as 20 or 5-40"],
  [["--latency=fast"], "--latency: must be milliseconds, as 20 or 5-40"],
  [["--user=acme:password"], "--user: must be DOMAIN/NAME:PASSWORD"],
  [["--access-key=AK"], "--access-key: must be AK:SK"],
  [["--token-life=24h"], "--token-life: must be a whole number from 0 to 1000000000"],
  [["--token-bytes=1e9"], "--token-bytes: must be a whole number from 0 to 1048576"],
  [["--tls-cert=c.pem"], "--tls-cert: goes with --tls-key"],
  [["--fault=hang"], '--fault: must be ID=kind[:arg], but is "hang"'],
])("wrong usage %j is told in one line", (args, error) => {
  const result = parseSimulatorFlags(args);
  expect(result).toEqual({ error: typeof error === "string" ? error : expect.stringMatching(error) });
  expect(result).not.toEqual({ error: expect.stringContaining("\n") });
});

test("--help names every flag and the route of the faults", () => {
  expect(parseSimulatorFlags(["--help"])).toBe("help");
  const flags = ["listen-address", "tls-cert", "tls-key", "token", "project-id", "user", "token-life", "token-bytes"];
  for (const flag of [
    ...flags,
    "access-key",
    "metadata",
    "seed",
    "tasks",
    "resources",
    "days",
    "list-order",
    "list-count",
    "list-time",
    "list-repeats",
    "latency",
    "fault",
    "help",
  ]) {
    expect(simulatorHelp).toContain(`--${flag}`);
  }
  expect(simulatorHelp).toContain("/simulator/faults/{id or *}");
  for (const target of [
    "cbr:list (ListOpLogs)",
    "vaults (ListVault)",
    "policies (ListPolicies)",
    "backups (ListBackups)",
    "protectables (ListProtectable)",
  ]) {
    expect(simulatorHelp.replaceAll("\n", " ")).toContain(target);
  }
});

test("--help names every kind of fault, and how its argument is written", () => {
  expect(simulatorHelp).toContain(`
Faults: throttle, server-error, broken-json, html, empty, wrong-shape, foreign-id, status, redirect,
        raw, hang, slow-body, cut, cut-body, endless-body, huge-body, latency.
  throttle[:seconds or text]     429, with Retry-After when given
  server-error[:status]          500
  status:code                    any status, with the cloud's body for it
  wrong-shape[:object|null|list] {}, {"operation_log": null}, []
  foreign-id[:id]                the right answer under another id
`);
  expect(simulatorHelp).toContain(`
  Without an argument: broken-json, html, empty, hang, cut, cut-body, endless-body.
`);
});

test("the log line is the project's logfmt, and the greeting says how to ask", () => {
  expect(listeningLine("127.0.0.1:4", Date.UTC(2026, 10, 24, 12))).toBe(
    'time=2026-11-24T12:00:00.000Z level=info msg="Listening on" address=127.0.0.1:4\n',
  );
  expect(greeting("http://127.0.0.1:4", { ...defaults, token: "t", projectId: "p" })).toBe(`\
CBR simulator: http://127.0.0.1:4
  token:       t
  user:        exporter of demo, password demo-password
  access key:  DEMOACCESSKEY, secret demo-secret-key
  project id:  p
  all ids:     curl http://127.0.0.1:4/
  one task:    curl -H 'X-Auth-Token: t' http://127.0.0.1:4/v3/p/operation-logs/${vendorExample.id}
`);
});
