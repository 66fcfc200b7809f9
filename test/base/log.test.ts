import { beforeEach, describe, expect, test, vi } from "vitest";
import { createLog, type Level, type Log, type LogFields, type LogFormat, logLevels } from "../../src/base/log.ts";

const time = "2026-11-24T12:00:00.250Z";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(time), toFake: ["Date"] });
  return () => vi.useRealTimers();
});

function lines(format: LogFormat, level: Level, write: (log: Log) => void): readonly string[] {
  const written: string[] = [];
  write(createLog({ format, level, write: (line) => written.push(line) }));
  return written;
}

function line(format: LogFormat, msg: string, fields?: LogFields): string {
  return lines(format, "debug", (log) => log.info(msg, fields)).join("");
}

test.each<[LogFormat, string]>([
  ["logfmt", `time=${time} level=info msg="Listening on" address=127.0.0.1:10035\n`],
  ["json", `{"time":"${time}","level":"info","msg":"Listening on","address":"127.0.0.1:10035"}\n`],
])("%s: a whole line", (format, expected) => {
  expect(line(format, "Listening on", { address: "127.0.0.1:10035" })).toBe(expected);
});

describe.each<LogFormat>(["logfmt", "json"])("%s", (format) => {
  test("without fields", () => {
    const expected =
      format === "json"
        ? `{"time":"${time}","level":"info","msg":"Stopped"}\n`
        : `time=${time} level=info msg=Stopped\n`;
    expect(line(format, "Stopped")).toBe(expected);
  });

  test.each(logLevels)("%s and above", (level) => {
    const written = lines(format, level, (log) => {
      for (const each of logLevels) log[each]("x");
    });
    const shown = written.map((text) => /level"?[=:]"?(\w+)/.exec(text)?.[1]);
    expect(shown).toEqual(logLevels.slice(logLevels.indexOf(level)));
  });

  test("a field that is undefined is left out, others keep their order", () => {
    const text = line(format, "x", { b: 1, a: undefined, c: false });
    expect(text.slice(text.indexOf("b"))).toBe(format === "json" ? 'b":1,"c":false}\n' : "b=1 c=false\n");
  });

  test("the message is no template", () => {
    expect(line(format, "{a} %s", { a: 1 })).toContain("{a} %s");
  });

  test("whatever a field holds, it stays one line", () => {
    const text = line(format, "x", { error: "first\nsecond\r\n\u0000third" });
    expect(text.indexOf("\n")).toBe(text.length - 1);
    expect(text).toContain('"first\\nsecond\\r\\n\\u0000third"');
  });
});

test.each([
  ["plain", "ECS-0001", "ECS-0001"],
  ["an address", "[::1]:10035", "[::1]:10035"],
  ["a path", "/etc/cbr+x,y/config.yaml", "/etc/cbr+x,y/config.yaml"],
  ["a number", 1.5, "1.5"],
  ["a boolean", true, "true"],
  ["empty", "", '""'],
  ["a space", "a b", '"a b"'],
  ["an equals sign", "a=b", '"a=b"'],
  ["a quote", 'a"b', '"a\\"b"'],
  ["a backslash", "a\\b", '"a\\\\b"'],
  ["a tab", "a\tb", '"a\\tb"'],
  ["another script", "订单", '"订单"'],
  ["a lone surrogate", "\ud800", '"\\ud800"'],
])("logfmt quotes what needs it: %s", (_, value, text) => {
  expect(line("logfmt", "x", { value })).toBe(`time=${time} level=info msg=x value=${text}\n`);
});

test("JSON is read back as what was written, numbers as numbers", () => {
  const fields = { text: 'a"\n\\=', number: 0.5, yes: true };
  expect(JSON.parse(line("json", 'a "message"', fields))).toEqual({
    time,
    level: "info",
    msg: 'a "message"',
    ...fields,
  });
});

test("a writer that fails takes nobody down", () => {
  const log = createLog({
    format: "json",
    level: "info",
    write: () => {
      throw new Error("EPIPE");
    },
  });
  expect(() => log.info("x")).not.toThrow();
});
