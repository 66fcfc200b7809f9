import { configuration } from "../../src/config/read/configuration.ts";
import type { Kind } from "../../src/config/read/kind.ts";
import { labelNameSchema } from "../../src/config/read/labels.ts";
import { taskLabelNames } from "../../src/metrics/families/task.ts";

/** What editors know of the configuration, from its readers themselves; draft 7, which all of them read. */
export function configurationSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: configuration.about,
    definitions: { labelName: labelNameSchema(taskLabelNames) },
    ...configuration.schema,
  };
}

/** Every key of the configuration, from its readers themselves. */
export function configurationDocument(): string {
  return `# Configuration

Made from the readers of the configuration by \`npm run docs\`; a test holds this page to them. The same is known to
editors by [config.schema.json](../config.schema.json), when a file begins with
\`# yaml-language-server: $schema=<path or URL of the schema>\`. [config.example.yaml](../config.example.yaml) shows it all
in use; the [README](../README.md#configuration) tells how variables, anchors and merge keys are written, and
[authentication.md](authentication.md) how to log in. Relative paths begin at the folder of the configuration;
top-level keys that begin with \`x-\` are ignored.

${sections("", configuration).join("\n")}`;
}

type AnyKind = Kind<unknown, unknown>;

/** @param path such as `projects[].auth` */
function sections(path: string, kind: AnyKind): readonly string[] {
  if (kind.item) return sections(`${path}[]`, kind.item);
  const keys = Object.entries(kind.keys ?? {});
  if (keys.length === 0) return [];
  const rows = keys.map(([name, key]) => row(name, key, below(path, name)));
  const section = `## ${path === "" ? "The file" : path}

${kind.about}

| key | must be | default | meaning |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
  return [section, ...keys.flatMap(([name, key]) => sections(below(path, name), key))];
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function row(name: string, { what, about, unit, default: value, required, keys, item }: AnyKind, path: string): string {
  const heading = keys ? path : item?.keys ? `${path}[]` : undefined;
  // As GitHub names a heading.
  const key = heading === undefined ? `\`${name}\`` : `[\`${name}\`](#${heading.replace(/[^\w-]/g, "")})`;
  const fallback = required ? "needed" : value === undefined ? "" : `\`${value}\`${unit ? ` ${unit}` : ""}`;
  return `| ${key} | ${what} | ${fallback} | ${about} |`;
}
