import { configureSync, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof logLevels)[number];

export const logFormats = ["logfmt", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Messages are constant texts; what varies goes into the fields. A field that is undefined is left out. */
export type Log = { readonly [level in Level]: (msg: string, fields?: LogFields) => void };

export interface LogOptions {
  readonly level: Level;
  readonly format: LogFormat;
  readonly write: (line: string) => void;
}

/** The process's log. LogTape keeps one configuration for a process: a second log replaces the first. */
export function createLog({ level, format, write }: LogOptions): Log {
  const line = format === "json" ? jsonLine : logfmtLine;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(line(record)) },
    loggers: [
      { category: "cbr-exporter", sinks: ["lines"], lowestLevel: level === "warn" ? "warning" : level },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  const logger = getLogger("cbr-exporter");
  return {
    debug: (msg, fields) => logger.debug(msg, fields ?? {}),
    info: (msg, fields) => logger.info(msg, fields ?? {}),
    warn: (msg, fields) => logger.warn(msg, fields ?? {}),
    error: (msg, fields) => logger.error(msg, fields ?? {}),
  };
}

/** The log with these fields on every line. */
export function withFields(log: Log, fields: LogFields): Log {
  return {
    debug: (msg, more) => log.debug(msg, { ...fields, ...more }),
    info: (msg, more) => log.info(msg, { ...fields, ...more }),
    warn: (msg, more) => log.warn(msg, { ...fields, ...more }),
    error: (msg, more) => log.error(msg, { ...fields, ...more }),
  };
}

// LogTape's own formatters name keys and levels otherwise, and not alike in both formats.
function head({ timestamp, level, rawMessage }: LogRecord): Record<string, string> {
  const levels: Partial<Record<LogLevel, Level>> = { warning: "warn", fatal: "error", trace: "debug" };
  return { time: new Date(timestamp).toISOString(), level: levels[level] ?? level, msg: String(rawMessage) };
}

function fieldsOf({ properties }: LogRecord): [string, unknown][] {
  return Object.entries(properties).filter(([, value]) => value !== undefined);
}

function jsonLine(record: LogRecord): string {
  return `${JSON.stringify({ ...head(record), ...Object.fromEntries(fieldsOf(record)) })}\n`;
}

function logfmtLine(record: LogRecord): string {
  const pairs = [...Object.entries(head(record)), ...fieldsOf(record)];
  return `${pairs.map(([key, value]) => `${key}=${logfmtValue(String(value))}`).join(" ")}\n`;
}

function logfmtValue(text: string): string {
  return /^[\w.:@/+,[\]-]+$/.test(text) ? text : JSON.stringify(text);
}
