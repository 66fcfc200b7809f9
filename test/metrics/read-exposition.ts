/** One line of an exposition that is no comment. */
export interface ReadSample {
  readonly name: string;
  /** In their order; a name that stands twice is an error. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/**
 * Reads samples by the letter of the text format's description, sharing nothing with what writes them.
 *
 * @throws when a line is none
 */
export function readSamples(text: string): readonly ReadSample[] {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(readSample);
}

function readSample(line: string): ReadSample {
  let at = 0;
  const take = (pattern: RegExp): string => {
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = at;
    const match = sticky.exec(line);
    if (!match) throw new Error(`expected ${pattern} at column ${at} of ${line}`);
    at = sticky.lastIndex;
    return match[0];
  };
  const name = take(/[a-zA-Z_:][a-zA-Z0-9_:]*/);
  const labels: Record<string, string> = {};
  if (line[at] === "{") {
    do {
      at += 1;
      const label = take(/[a-zA-Z_][a-zA-Z0-9_]*/);
      if (Object.hasOwn(labels, label)) throw new Error(`${label} stands twice in ${line}`);
      take(/="/);
      labels[label] = take(/(?:[^"\\]|\\["\\n])*/).replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
      take(/"/);
    } while (line[at] === ",");
    take(/\}/);
  }
  take(/ /);
  const value = take(/(?:[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/);
  return { name, labels, value };
}

/** One family: its HELP and TYPE lines, and its samples. */
export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ReadSample[];
}

/** @throws when a family does not begin with HELP and TYPE, or stands twice */
export function readFamilies(text: string): ReadonlyMap<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  for (const part of text.replace(/^# EOF\n$/m, "").split(/^(?=# HELP )/m)) {
    if (part === "") continue;
    const head = /^# HELP (\S+) (.*)\n# TYPE (\S+) (\S+)\n/.exec(part);
    if (!head) throw new Error(`no family: ${part.slice(0, 100)}`);
    const [whole, name = "", help = "", again, type = ""] = head;
    if (name !== again || families.has(name)) throw new Error(`family ${name} is ${again}, or stands twice`);
    families.set(name, { name, help, type, samples: readSamples(part.slice(whole.length)) });
  }
  return families;
}
