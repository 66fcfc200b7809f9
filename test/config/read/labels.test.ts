import { expect, test } from "vitest";
import { parseConfig } from "../../support/load-config.ts";

async function problemsWith(label: string): Promise<readonly string[]> {
  const text = `projects: [ { name: prod, id: abc, region: eu-de, auth: { token: t } } ]
collectors: [ { name: a, schedule: "* * * * *", tasks: [], labels: { ${label}: x } } ]
`;
  const result = await parseConfig({ text, file: "config.yaml", env: {} });
  return result.ok ? [] : result.problems;
}

test.each(["job", "instance", "le", "__name__", "__", "task_id", "backup_name"])("%s is reserved", async (name) =>
  expect(await problemsWith(name)).toEqual([
    `config.yaml:2:70: collectors[0].labels.${name}: this label name is reserved; choose another`,
  ]),
);

test.each([
  ...["team", "_team", "jobs", "constructor", "Project"],
  // Label names of other families, with which no task is joined.
  ...["operation", "code", "field", "result", "method", "version", "revision", "node_version", "shard", "kind"],
])("%s is free", async (name) => expect(await problemsWith(name)).toEqual([]));
