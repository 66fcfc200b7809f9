import type { Level, Log, LogFields } from "../../src/base/log.ts";

export interface RecordedLine {
  readonly level: Level;
  readonly msg: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. */
export function recordedLog(): Log & { readonly lines: RecordedLine[]; messages(level?: Level): readonly string[] } {
  const lines: RecordedLine[] = [];
  const at =
    (level: Level) =>
    (msg: string, fields: LogFields = {}): void => {
      lines.push({ level, msg, fields });
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    lines,
    messages: (level) => lines.filter((line) => level === undefined || line.level === level).map(({ msg }) => msg),
  };
}
