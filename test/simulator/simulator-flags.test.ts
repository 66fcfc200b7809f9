import { expect, test } from "vitest";
import { parseSimulatorFlags } from "../../src/simulator/simulator-flags.ts";
import { greeting, listeningLine } from "../../src/simulator/simulator-greeting.ts";
import { simulatorHelp } from "../../src/simulator/simulator-help.ts";
import { vendorProjectId } from "../../src/simulator/vendor-example.ts";

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
  metadata: false,
  seed: 1,
  tasks: 0,
  latencyMs: [5, 40],
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
  [["--access-key=AK:s:k=", "--metadata"], { keys: [{ access: "AK", secret: "s:k=" }], metadata: true }],
  [["--token-life=60", "--token-bytes=20480"], { tokenSeconds: 60, tokenBytes: 20_480 }],
  [["--may-list-projects"], { mayListProjects: true }],
  [["--tls-cert=c.pem", "--tls-key", "k.pem"], { tlsFiles: { cert: "c.pem", key: "k.pem" } }],
  [
    ["--fault=iam:tokens=throttle:5"],
    { faults: [{ target: "iam:tokens", fault: { kind: "throttle", retryAfter: 5 } }] },
  ],
  [["--seed=0", "--tasks", "10000"], { seed: 0, tasks: 10_000 }],
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
  for (const flag of [...flags, "access-key", "metadata", "seed", "tasks", "latency", "fault", "help"]) {
    expect(simulatorHelp).toContain(`--${flag}`);
  }
  expect(simulatorHelp).toContain("/simulator/faults/{id or *}");
});

test("the log line is the project's logfmt, and the greeting says how to ask", () => {
  const who = { token: "t", users: defaults.users, keys: defaults.keys };
  const listening = { address: "127.0.0.1:4", url: "http://127.0.0.1:4", ...who, projectId: "p", exampleId: "e" };
  expect(listeningLine(listening, Date.UTC(2026, 10, 24, 12))).toBe(
    'time=2026-11-24T12:00:00.000Z level=info msg="Listening on" address=127.0.0.1:4\n',
  );
  expect(greeting(listening)).toContain("curl -H 'X-Auth-Token: t' http://127.0.0.1:4/v3/p/operation-logs/e\n");
  expect(greeting(listening)).toContain("exporter of demo, password demo-password\n");
  expect(greeting(listening)).toContain("DEMOACCESSKEY, secret demo-secret-key\n");
});
