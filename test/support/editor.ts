import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parseDocument } from "yaml";
import { projectRoot } from "../program.ts";

const schema = JSON.parse(await readFile(join(projectRoot, "config.schema.json"), "utf8"));
const validate = new Ajv({ strictTypes: false }).compile(schema);

/** What an editor says of a configuration: YAML 1.2 with merge keys, and `config.schema.json`. */
export function editorProblems(text: string): readonly string[] {
  const document = parseDocument(text, { merge: true, logLevel: "error" });
  if (document.errors.length > 0) return document.errors.map(({ message }) => message);
  try {
    validate(document.toJS());
  } catch (error) {
    // An alias without its anchor, or too many of them.
    return [String(error)];
  }
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
