// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { reveal } from "../../src/base/secret.ts";
import { noLook, tasksAtFirst } from "../../src/config/task-files/look-at-files.ts";
import { loadConfig, parseConfig } from "../support/load-config.ts";
import { newYear } from "../support/manual-clock.ts";
import { goodConfig, goodProject, parseProject, parseText, problemsIn, problemsOf } from "./parsed.ts";
import { tempFolder } from "./temp-folder.ts";

const minimal = `
projects:
  - { name: prod, id: abc, region: ap-southeast-1, auth: { token: MIIabc } }
collectors:
  - name: weekend
    schedule: "*/5 * * * *"
    tasks: [ 4827f2da-b008-4507-ab7d-42d0df5ed912 ]
`;

const good = async (text: string) => goodConfig(await parseText(text));
const problems = async (text: string) => problemsIn(await parseText(text));

const project = "id: abc\nregion: eu-de\nauth: { token: MIIabc }\n";

test("what is left out has its default", async () => {
  expect(await good(minimal)).toEqual({
    projects: [
      {
        name: "prod",
        id: "abc",
        region: "ap-southeast-1",
        endpoint: "https://cbr.ap-southeast-1.myhuaweicloud.com",
        iamEndpoint: "https://iam.ap-southeast-1.myhuaweicloud.com",
        auth: { method: "token", token: expect.anything() },
        rateLimit: 5,
        concurrency: 4,
        timeoutMs: 10_000,
        retries: 3,
      },
    ],
    collectors: [
      {
        name: "weekend",
        project: "prod",
        schedule: "*/5 * * * *",
        timezone: "UTC",
        runOnStart: true,
        tasks: [{ id: "4827f2da-b008-4507-ab7d-42d0df5ed912", labels: {} }],
        taskFiles: [],
        labels: {},
      },
    ],
  });
});

test("everything can be said", async () => {
  const folder = await tempFolder({
    token: "MIIabc\n",
    "first.yaml": "- { id: ggg, name: n }\n",
    "lists/one.yaml": "- id: fff\n  labels: { team: db }\n",
    "lists/two.yaml": "# none\n[]\n",
  });
  const text = `
projects:
  - name: prod
    id: \${ID}
    region: eu-west-101
    endpoint: https://gateway.example.com/cbr//
    iam_endpoint: http://127.0.0.1:8080/
    auth:
      token_file: token
    rate_limit: 0.5
    concurrency: 1
    timeout: 1m30s
    retries: 0
  - { name: test, id: abc, region: eu-de, auth: { token: "\${TOKEN:-none}" } }
collectors:
  - name: weekend
    project: test
    schedule: "0 */30 * * * mon-fri"
    timezone: Asia/Singapore
    run_on_start: False
    labels: &labels { team: storage, "place": "" }
    tasks:
      - aaa
      - { id: bbb, name: "restore: db-master", labels: { team: payments } }
    task_files: [ first.yaml, lists/*.yaml, lists/one.yaml, "none/*.yaml" ]
  - { name: other, project: prod, schedule: "@@", tasks: [ aaa ], labels: *labels }
`.replace('"@@"', '"0 0 29 2 *"');
  const file = join(folder, "config.yaml");
  const result = await parseConfig({ text, file, env: { ID: "0e8123" } });
  expect(result.ok ? result.warnings : result.problems).toEqual([]);
  expect(result.ok && result.config).toMatchObject({
    projects: [
      {
        id: "0e8123",
        region: "eu-west-101",
        endpoint: "https://gateway.example.com/cbr",
        iamEndpoint: "http://127.0.0.1:8080",
        auth: { method: "token_file", path: join(folder, "token") },
        rateLimit: 0.5,
        concurrency: 1,
        timeoutMs: 90_000,
        retries: 0,
      },
      { endpoint: "https://cbr.eu-de.otc.t-systems.com", auth: { method: "token" } },
    ],
    collectors: [
      {
        runOnStart: false,
        timezone: "Asia/Singapore",
        tasks: [
          { id: "aaa", labels: { team: "storage", place: "" } },
          { id: "bbb", name: "restore: db-master", labels: { team: "payments", place: "" } },
        ],
        taskFiles: ["first.yaml", "lists/*.yaml", "lists/one.yaml", "none/*.yaml"].map((name) => join(folder, name)),
      },
      { project: "prod", labels: { team: "storage", place: "" } },
    ],
  });
  const [collector] = goodConfig(result).collectors;
  if (!result.ok || !collector) return;
  // Each file once, in the order of the entries, with the collector's labels.
  const { found } = result.firstLook;
  expect(collector.taskFiles.map((pattern) => found.get(pattern)?.length)).toEqual([1, 2, 1, 0]);
  expect(tasksAtFirst(collector, result.firstLook)).toEqual([
    { id: "ggg", name: "n", labels: { team: "storage", place: "" }, file: join(folder, "first.yaml") },
    { id: "fff", labels: { team: "db", place: "" }, file: join(folder, "lists/one.yaml") },
  ]);
  expect(tasksAtFirst(collector, noLook)).toEqual([]);
});

test("a token cannot be seen in the configuration", async () => {
  const config = await good(minimal);
  expect(inspect(config, { depth: 9, showHidden: true }) + JSON.stringify(config)).not.toContain("MIIabc");
  expect(config.projects[0]?.auth).toMatchObject({ method: "token" });
  expect(config.projects[0]?.auth.method === "token" && reveal(config.projects[0].auth.token)).toBe("MIIabc");
});

test.each([
  "rate_limit: 0.001",
  "rate_limit: 1000",
  "rate_limit: .5",
  "concurrency: 100",
  "timeout: 1ms",
  "timeout: 10m",
  "retries: 10",
  "timeout: &t 10s\nretries: 007",
])("%s is within bounds", async (line) => {
  await goodProject(project + line);
});

test.each([
  "rate_limit: 1000.1",
  "rate_limit: 0.0009",
  "rate_limit: Infinity",
  "rate_limit: '5 '",
  "concurrency: 0",
  "concurrency: 1e1",
  "timeout: 0",
  "timeout: 601s",
  "timeout: ~",
  "retries: 11",
  "retries: [ 1 ]",
])("%s is not", async (line) => {
  expect(await problemsOf(project + line)).toEqual([expect.stringContaining(": projects[0].")]);
});

test.each(["0e8123", "12345678901234567890", "1_000", "no", "2020-01-01", "0x1F", "null", "true", "1e3", "-_-", "007"])(
  "the id %s stays the characters that stand there",
  async (id) => {
    const config = await good(minimal.replace("id: abc", `id: ${id}`).replace(/\[ .* \]/, `[ ${id}, { id: x${id} } ]`));
    expect(config.projects[0]?.id).toBe(id);
    expect(config.collectors[0]?.tasks.map((task) => task.id)).toEqual([id, `x${id}`]);
  },
);

test.each([
  [
    "tasks: ",
    'timezone: ""\n    tasks: ',
    "collectors[0].timezone: must be the IANA name of a timezone, such as Europe/Berlin",
  ],
  ["token: MIIabc", 'token_file: ""', "projects[0].auth.token_file: must be the path of a file that holds a token"],
])("instead of %j, %j is no value", async (good, bad, problem) => {
  expect(await problems(minimal.replace(good, bad))).toEqual([expect.stringContaining(problem)]);
});

test("one task in two projects is two tasks", async () => {
  const two = minimal.replace(
    "collectors:",
    "  - { name: test, id: abc, region: eu-de, auth: { token: x } }\ncollectors:",
  );
  const collectors = two.replace('schedule: "', 'project: prod\n    schedule: "');
  const other =
    '  - { name: b, project: test, schedule: "* * * * *", tasks: [ 4827f2da-b008-4507-ab7d-42d0df5ed912 ] }\n';
  await good(collectors + other);
});

describe("the text around", () => {
  test.each([
    ["a byte order mark", `\ufeff${minimal}`],
    ["carriage returns", minimal.replaceAll("\n", "\r\n")],
    ["a document's start and end", `%YAML 1.1\n---${minimal}...\n`],
    ["comments", `# one\n${minimal}# two\n`],
    ["JSON", '{"projects":[{"name":"a","id":"b","region":"eu-de","auth":{"token":"c"}}],"collectors":[]}'],
  ])("%s is no matter", async (_, text) => {
    await good(text);
  });

  test("a byte order mark does not move columns", async () => {
    expect(await problems("\ufeffx: 1\nprojects: []\ncollectors: []")).toEqual([
      '/etc/cbr/config.yaml:1:1: unknown key "x"; known keys: projects, collectors',
      "/etc/cbr/config.yaml:2:11: projects: must name at least one project",
    ]);
  });

  test("a broken value in an alias is told once", async () => {
    const text = minimal.replace("tasks:", "labels: &l { team: [a] }\n    tasks:");
    const line = '  - { name: b, schedule: "* * * * *", tasks: [], labels: *l }\n';
    expect(await problems(text + line)).toHaveLength(1);
  });
});

describe("a file that cannot be read", () => {
  test.each([
    ["missing", undefined, "no such file; name the configuration with --config.file"],
    ["too large", Buffer.alloc(10 * 1024 * 1024 + 1, "#"), "it is larger than 10 MiB"],
    ["not UTF-8", Buffer.from([0x61, 0xff]), "it is not UTF-8 text"],
    ["a folder", undefined, "it is a directory", ""],
    ["no path", undefined, "the path is not valid", "a\0b"],
  ])("%s", async (_, content, reason, name = "config.yaml") => {
    const file = join(await tempFolder(content ? { [name]: content } : {}), name);
    const problems = [`${file}: cannot be read: ${reason}`];
    expect(await loadConfig({ file, env: {} })).toEqual({ ok: false, problems });
  });

  test("a value that is too long", async () => {
    expect(await problems(`projects:\n  - "${"\\q".repeat(600_000)}"\n`)).toEqual([
      "/etc/cbr/config.yaml:2:5: a value is too long; none needs more than 64 KiB",
    ]);
  });

  test("a text that is too large", async () => {
    expect(await problems("#".repeat(10 * 1024 * 1024 + 1))).toEqual([expect.stringContaining("larger than 10 MiB")]);
  });
});

describe("what is said of schedules", () => {
  // A Thursday.
  const now = newYear;
  const schedule = "/etc/cbr/config.yaml:6:15: collectors[0].schedule: ";
  const load = (text: string) => parseConfig({ text, file: "/etc/cbr/config.yaml", env: {}, now });

  test("stands where they do, and knows their timezones, tasks and rate limits", async () => {
    const shanghai = minimal
      .replace('"*/5 * * * *"', '"1 8 8 * 4"\n    timezone: Asia/Shanghai')
      .replace("auth:", "rate_limit: 0.001, auth:");
    expect(await load(shanghai)).toMatchObject({
      ok: true,
      warnings: [`${schedule}the next tick is more than 7 days away: 2026-01-08T00:01:00Z`],
      notices: [expect.stringContaining(`${schedule}day of month and day of week must both fit`)],
    });
    const often = shanghai.replace("1 8 8 * 4", "* * * * *");
    expect(await load(often)).toMatchObject({
      ok: true,
      warnings: [expect.stringContaining(`${schedule}1 tasks cannot be kept up with: rate_limit allows 0 requests`)],
      notices: [],
    });
  });

  test("without the time, no schedule is judged", async () => {
    const result = await parseText(minimal.replace("*/5 * * * *", "0 0 1 7 *"));
    expect(result).toMatchObject({ ok: true, warnings: [] });
  });
});

test("that there are no collectors is a warning", async () => {
  expect(await parseProject(project)).toMatchObject({
    ok: true,
    warnings: ["/etc/cbr/config.yaml:6:13: collectors: there are none, so no task is polled"],
  });
});

test("files are named as the user would", async () => {
  const folder = await tempFolder({
    "config.yaml": minimal.replace("tasks: ", "task_files: [ x/*.yaml ]\n    tasks: "),
    "x/a.yaml": "- ..\n",
  });
  const here = process.cwd();
  const relative = join("../".repeat(here.split("/").length), folder, "config.yaml");
  const result = await loadConfig({ file: relative, env: {} });
  expect(result).toMatchObject({
    problems: [expect.stringContaining(`${join(dirname(relative), "x/a.yaml")}:1:3: [0]: must be`)],
  });
});

test.each<readonly [string, readonly string[]]>([
  ["x/*.yaml", ["collectors[0].task_files[0]: cannot be looked up: too many symbolic links"]],
  [
    '"*/[lm]*.yaml"',
    [
      "collectors[0].task_files[0]: cannot be looked up: FOLDER/b: the link leads nowhere",
      "collectors[0].task_files[0]: cannot be looked up: FOLDER/x: too many symbolic links",
      "collectors[0].task_files[0]: FOLDER/a/m.yaml cannot be read: no such file",
    ],
  ],
  [
    '"${ANY}/list.yaml"',
    [
      "collectors[0].task_files[0]: cannot be looked up: a folder or link on its way: the link leads nowhere",
      "collectors[0].task_files[0]: cannot be looked up: a folder or link on its way: too many symbolic links",
    ],
  ],
])("a pattern of task files that cannot see all is told where it stands: %s", async (pattern, expected) => {
  const folder = await tempFolder({ "a/list.yaml": "- t1\n" });
  await symlink(join(folder, "x"), join(folder, "x"));
  await symlink("nowhere", join(folder, "b"));
  await symlink("nowhere", join(folder, "a/m.yaml"));
  const text = minimal.replace("tasks: ", `task_files: [ ${pattern} ]\n    tasks: `);
  const file = join(folder, "config.yaml");
  const result = await parseConfig({ text, file, env: { ANY: "*" } });
  const problems = expected.map((line) => `${file}:7:19: ${line.replaceAll("FOLDER", folder)}`);
  expect(result).toEqual({ ok: false, problems });
});

describe("files that projects need", () => {
  const project = (name: string, lines: string): string =>
    `  - { name: ${name}, id: ${name}, region: eu-de, ${lines} }\n`;
  const projects = (more = ""): string =>
    `projects:\n${project("a", "auth: { token: t }")}${project("b", "auth: { token_file: none }")}${project(
      "c",
      "auth: { password: { domain_name: d, user_name: u, password_file: none } }, tls_config: { ca_file: none }",
    )}collectors: [${more}]\n`;
  const file = "/etc/cbr/config.yaml";
  const expected = [
    `${file}:3:58: projects[1].auth.token_file: the file cannot be read: no such file`,
    `${file}:4:103: projects[2].auth.password.password_file: the file cannot be read: no such file`,
    `${file}:4:136: projects[2].tls_config.ca_file: the file cannot be read: no such file`,
  ];

  test("and that are missing break these projects alone", async () => {
    const result = await parseConfig({ text: projects(), file, env: {} });
    expect(result).toMatchObject({
      ok: true,
      config: { projects: [{ name: "a" }, { name: "b" }, { name: "c" }] },
      brokenProjects: [
        { project: "b", lines: expected.slice(0, 1) },
        { project: "c", lines: expected.slice(1) },
      ],
      brokenFiles: expected,
    });
  });

  test("stand among all other problems", async () => {
    const result = await parseConfig({ text: projects("1"), file, env: {} });
    expect(result).toEqual({
      ok: false,
      problems: [...expected, `${file}:5:14: collectors[0]: must be a map with name, schedule and tasks`],
    });
  });

  test("a variable that is not set is a mistake of the configuration", async () => {
    const text = projects().replace("token: t", 'token: "${NONE}"');
    expect(await parseConfig({ text, file, env: {} })).toMatchObject({
      ok: false,
      problems: [expect.stringContaining("projects[0].auth.token"), ...expected],
    });
  });
});

describe("the name of a label", () => {
  const problemsWith = (label: string) => problems(minimal.replace("tasks:", `labels: { ${label}: x }\n    tasks:`));

  test.each(["job", "instance", "le", "__name__", "__", "task_id", "backup_name"])("%s is reserved", async (name) =>
    expect(await problemsWith(name)).toEqual([
      `/etc/cbr/config.yaml:7:15: collectors[0].labels.${name}: this label name is reserved; choose another`,
    ]),
  );

  test.each([
    ...["team", "_team", "jobs", "constructor", "Project"],
    // Label names of other families, with which no task is joined.
    ...["operation", "code", "field", "result", "method", "version", "revision", "node_version", "shard", "kind"],
  ])("%s is free", async (name) => expect(await problemsWith(name)).toEqual([]));
});
