import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Command, helpText, parseCommand, type Settings, UsageError } from "../src/cli.ts";
import { anyCodePoint } from "./support/any-code-point.ts";

const defaults: Settings = {
  configFile: "config.yaml",
  shard: { index: 0, count: 1 },
  lifecycle: false,
  listen: [{ port: 10_035 }],
  routePrefix: "/",
  telemetryPath: "/metrics",
  maxRequests: 40,
  logLevel: "info",
  logFormat: "logfmt",
};

function serving(part: Partial<Settings> = {}): Command {
  return { run: "serve", settings: { ...defaults, ...part } };
}

function usage(...args: readonly string[]): string {
  try {
    parseCommand(args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error("no usage error");
}

test("no flag at all", () => expect(parseCommand([])).toEqual(serving()));

test.each<[string, string, Command]>([
  ["--config.file", "/etc/cbr.yaml", serving({ configFile: "/etc/cbr.yaml" })],
  ["--web.listen-address", ":80", serving({ listen: [{ port: 80 }] })],
  ["--web.listen-address", "[::1]:0", serving({ listen: [{ host: "::1", port: 0 }] })],
  ["--web.telemetry-path", "/my/metrics.txt", serving({ telemetryPath: "/my/metrics.txt" })],
  ["--web.route-prefix", "/cbr", serving({ routePrefix: "/cbr/" })],
  ["--web.route-prefix", "/cbr/", serving({ routePrefix: "/cbr/" })],
  ["--web.route-prefix", "cbr/a~b", serving({ routePrefix: "/cbr/a~b/" })],
  ["--web.route-prefix", "/", serving()],
  ["--web.max-requests", "0", serving({ maxRequests: 0 })],
  ["--web.max-requests", "7", serving({ maxRequests: 7 })],
  ["--log.level", "debug", serving({ logLevel: "debug" })],
  ["--log.level", "info", serving({ logLevel: "info" })],
  ["--log.level", "warn", serving({ logLevel: "warn" })],
  ["--log.level", "error", serving({ logLevel: "error" })],
  ["--log.format", "json", serving({ logFormat: "json" })],
  ["--log.format", "logfmt", serving({ logFormat: "logfmt" })],
])("%s %s, with = or a space", (flag, value, command) => {
  expect(parseCommand([`${flag}=${value}`])).toEqual(command);
  expect(parseCommand([flag, value])).toEqual(command);
});

test.each<[readonly string[], Command]>([
  [["--web.enable-lifecycle"], serving({ lifecycle: true })],
  [["--config.enable-auto-reload"], serving({ autoReloadMs: 30_000 })],
  [["--config.auto-reload-interval=5s"], serving()],
  [["--config.enable-auto-reload", "--config.auto-reload-interval=1m30s"], serving({ autoReloadMs: 90_000 })],
  [["--demo"], serving({ configFile: undefined })],
  [["--demo", "--log.level=warn"], serving({ configFile: undefined, logLevel: "warn" })],
  [["--config.check"], { run: "check", configFile: "config.yaml" }],
  [["--config.check", "--config.file=a.yaml"], { run: "check", configFile: "a.yaml" }],
  [["--config.check-cloud"], { run: "check-cloud", configFile: "config.yaml" }],
  [["--config.check-cloud", "--config.check"], { run: "check-cloud", configFile: "config.yaml" }],
  [["--version"], { run: "version" }],
  [["--help"], { run: "help" }],
  [["--help", "--version", "--demo"], { run: "help" }],
  [["--config.file=a=b,c.yaml"], serving({ configFile: "a=b,c.yaml" })],
  [["--config.file=-odd.yaml"], serving({ configFile: "-odd.yaml" })],
  [
    ["--web.listen-address=:1", "--web.listen-address", "127.0.0.1:2"],
    serving({ listen: [{ port: 1 }, { host: "127.0.0.1", port: 2 }] }),
  ],
  [["--shard.index=3", "--shard.count=4"], serving({ shard: { index: 3, count: 4 } })],
  [["--shard.index=0", "--shard.count=1"], serving()],
  // Each demo has a cloud of its own with the same tasks, so this shows what a shard is.
  [["--demo", "--shard.index=1", "--shard.count=2"], serving({ configFile: undefined, shard: { index: 1, count: 2 } })],
  [["--config.check", "--shard.index=1", "--shard.count=4"], { run: "check", configFile: "config.yaml" }],
  [["--"], serving()],
])("%j", (args, command) => expect(parseCommand(args)).toEqual(command));

test.each<[string, readonly string[], string | RegExp]>([
  ["unknown", ["--log.levle=debug"], 'unknown flag "--log.levle"; did you mean --log.level? See --help'],
  ["unknown, without a value", ["--web.listen"], /^unknown flag "--web\.listen"; did you mean --web\.listen-address\?/],
  ["one dash", ["-h"], /^unknown flag "-h"; did you mean --help\? See --help$/],
  ["negated", ["--no-demo"], /^unknown flag "--no-demo"; did you mean --demo\?/],
  ["of the prototype", ["--__proto__=x"], /^unknown flag "--__proto__"/],
  ["another", ["--constructor"], /^unknown flag "--constructor"/],
  ["unknown beside --help", ["--help", "--hepl"], /^unknown flag "--hepl"; did you mean --help\?/],
  ["no value", ["--config.file"], "--config.file needs a value, such as --config.file=…"],
  ["an empty value", ["--log.level="], "--log.level needs a value, such as --log.level=…"],
  ["an empty argument", ["--config.file", ""], /^--config\.file needs a value/],
  ["the next flag as value", ["--config.file", "--log.level=debug"], /^--config\.file needs a value/],
  ["the next short flag as value", ["--config.file", "-v"], /^--config\.file needs a value/],
  ["a value for a switch", ["--demo=true"], "--demo takes no value"],
  ["an empty value for a switch", ["--demo="], "--demo takes no value"],
  ["twice", ["--config.file=a", "--config.file=b"], "--config.file may stand once only"],
  ["a switch twice", ["--demo", "--demo"], "--demo may stand once only"],
  ["positional", ["config.yaml"], 'unexpected argument "config.yaml"; see --help'],
  ["positional after a switch", ["--demo", "true"], 'unexpected argument "true"; see --help'],
  ["positional after --", ["--", "--demo"], 'unexpected argument "--demo"; see --help'],
  ["a dash", ["-"], 'unexpected argument "-"; see --help'],
  [
    "bad address",
    ["--web.listen-address=10035"],
    '--web.listen-address: "10035" is none of :port, host:port and [v6]:port',
  ],
  ["one bad address of two", ["--web.listen-address=:1", "--web.listen-address=:99999"], /:99999" is none of/],
  ["bad level", ["--log.level=trace"], '--log.level: "trace" is none of debug, info, warn, error'],
  ["level in capitals", ["--log.level=INFO"], /is none of/],
  ["bad format", ["--log.format=xml"], '--log.format: "xml" is none of logfmt, json'],
  ["demo with a file", ["--demo", "--config.file=config.yaml"], /^--demo brings its own configuration/],
  ["demo with reloads", ["--demo", "--config.enable-auto-reload"], /^--demo brings its own configuration/],
  [
    "bad interval",
    ["--config.enable-auto-reload", "--config.auto-reload-interval=0s"],
    '--config.auto-reload-interval: "0s" is no duration from 1s to 1d, such as 30s',
  ],
  ["demo with the check", ["--demo", "--config.check"], /^--demo brings its own configuration/],
  ["bad prefix", ["--web.route-prefix=/a b"], "--web.route-prefix must be a path such as /cbr"],
  ["prefix with a pattern", ["--web.route-prefix=/:id/*"], /^--web\.route-prefix must/],
  ["prefix that walks up", ["--web.route-prefix=/a/../b"], /^--web\.route-prefix must/],
  ["prefix with a query", ["--web.route-prefix=/a?b"], /^--web\.route-prefix must/],
  ["path without a slash", ["--web.telemetry-path=metrics"], "--web.telemetry-path must be a path such as /metrics"],
  ["path of the page", ["--web.telemetry-path=/"], /^--web\.telemetry-path must be a path/],
  ["path with two slashes", ["--web.telemetry-path=//metrics"], /^--web\.telemetry-path must be a path/],
  ["path that walks up", ["--web.telemetry-path=/.."], /^--web\.telemetry-path must be a path/],
  [
    "path that is taken",
    ["--web.telemetry-path=/-/ready"],
    "--web.telemetry-path must not be /config, nor begin with /-/, which are taken",
  ],
  ["path of the configuration", ["--web.telemetry-path=/config"], /^--web\.telemetry-path must not be \/config/],
  ["path that is a pattern", ["--web.telemetry-path=/:x"], /^--web\.telemetry-path must be a path/],
  ["limit that is no number", ["--web.max-requests=many"], '--web.max-requests: "many" is no whole number from 0'],
  ["limit below none", ["--web.max-requests=-1"], '--web.max-requests: "-1" is no whole number from 0'],
  ["a part of a limit", ["--web.max-requests=1.5"], /"1\.5" is no whole number/],
  ["limit beyond counting", ["--web.max-requests=99999999999999999"], /is no whole number/],
  ["a shard of how many", ["--shard.index=0"], "--shard.index needs --shard.count, the number of shards"],
  [
    "which shard",
    ["--shard.count=4"],
    "--shard.count needs --shard.index or --shard.from-pod-name, which say which shard this is",
  ],
  [
    "a shard behind the last",
    ["--shard.index=4", "--shard.count=4"],
    "--shard.index: 4 is none of the 4 shards, which count from 0 to 3",
  ],
  ["no shards", ["--shard.index=0", "--shard.count=0"], '--shard.count: "0" is no whole number from 1 to 1000'],
  ["too many shards", ["--shard.index=0", "--shard.count=1001"], /"1001" is no whole number from 1 to 1000$/],
  ["a shard below the first", ["--shard.index=-1", "--shard.count=4"], /^--shard\.index: "-1" is no whole number/],
  ["half a shard", ["--shard.index=0", "--shard.count=1.5"], /^--shard\.count: "1\.5" is no whole number/],
  ["a pod of how many", ["--shard.from-pod-name"], "--shard.from-pod-name needs --shard.count, the number of shards"],
  [
    "two ways to say which shard",
    ["--shard.from-pod-name", "--shard.index=0", "--shard.count=4"],
    "--shard.index and --shard.from-pod-name both say which shard this is; leave one of them out",
  ],
  ["a wrong shard beside a check", ["--config.check", "--shard.index=1"], /^--shard\.index needs --shard\.count/],
  ["very long", [`--${"x".repeat(500)}`], /^unknown flag "--x{58}…"/],
])("usage error: %s", (_, args, message) => {
  const said = usage(...args);
  if (typeof message === "string") expect(said).toBe(message);
  else expect(said).toMatch(message);
});

describe("which shard it is, from the pod's name", () => {
  const fromPod = (podName: string | undefined) =>
    parseCommand(["--shard.from-pod-name", "--shard.count=12"], { POD_NAME: podName });

  test.each([
    ["cbr-exporter-0", 0],
    ["cbr-exporter-11", 11],
    ["2", 2],
  ])("%s", (podName, index) => expect(fromPod(podName)).toEqual(serving({ shard: { index, count: 12 } })));

  test.each([
    [undefined, "--shard.from-pod-name: the environment has no POD_NAME; set it from metadata.name"],
    ["", "--shard.from-pod-name: the environment has no POD_NAME; set it from metadata.name"],
    [
      "cbr-exporter",
      '--shard.from-pod-name: POD_NAME "cbr-exporter" does not end in a number such as that of cbr-exporter-0',
    ],
    // A Deployment's: its end is no number, though its last letter is one.
    ["cbr-exporter-6d4cf56db6-x2kz4", /does not end in a number/],
    ["cbr-exporter-0\n", /does not end in a number/],
    [
      "cbr-exporter-12",
      "--shard.from-pod-name: 12, the end of POD_NAME, is none of the 12 shards, which count from 0 to 11",
    ],
    ["cbr-exporter-99999999999999999999", /does not end in a number/],
  ])("%j is wrong usage", (podName, message) => {
    expect(() => fromPod(podName)).toThrow(UsageError);
    expect(() => fromPod(podName)).toThrow(message);
  });

  test("without that flag the pod's name says nothing", () => {
    expect(parseCommand([], { POD_NAME: "cbr-exporter-3" })).toEqual(serving());
  });
});

test("a path that only looks as if it was taken", () => {
  expect(parseCommand(["--web.telemetry-path=/-metrics"])).toEqual(serving({ telemetryPath: "/-metrics" }));
});

test("whatever the arguments, nothing but a usage error of one line is thrown", () => {
  const known = helpText().match(/--[a-z.-]+/g) ?? [];
  const flag = fc.constantFrom(...known, "--", "-", "--=", "--no-demo", "-x", "--__proto__", "---");
  const value = fc.oneof(
    fc.constantFrom("", ":0", "/a", "info", "json", "\n", "\u2028", "\ud800"),
    fc.string({ unit: anyCodePoint }),
  );
  const argument = fc.oneof(
    flag,
    value,
    fc.tuple(flag, value).map(([f, v]) => `${f}=${v}`),
  );
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
      try {
        expect(["help", "version", "check", "check-cloud", "serve"]).toContain(parseCommand(args).run);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        expect((error as Error).message).toMatch(/^[^\n\r]+$/);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a usage error has its own name", () => expect(new UsageError("x").name).toBe("UsageError"));

test("the help names every flag with its default", () => {
  expect(helpText()).toMatchInlineSnapshot(`
    "usage: cbr-exporter [flags]

    Exports tasks of Huawei Cloud's Cloud Backup and Recovery (CBR) to Prometheus.

      --config.file=…                  YAML configuration (default config.yaml)
      --config.check                   check the configuration and every file it names, then exit 0 or 1
      --config.check-cloud             the same, then log in to every project and report what works
      --config.enable-auto-reload      reload when the content of the configuration changes
      --config.auto-reload-interval=…  how often it is looked at (default 30s)
      --demo                           needs no configuration and no account: watches the built-in CBR simulator
      --web.listen-address=…           where to listen: :port, host:port or [v6]:port; repeatable; port 0 picks a free one (default :10035)
      --web.telemetry-path=…           path of the metrics (default /metrics)
      --web.route-prefix=…             prefix of every route (default /)
      --web.max-requests=…             scrapes answered at once, above it 503; 0: no limit (default 40)
      --web.enable-lifecycle           allow POST and PUT /-/reload
      --storage.path=…                 folder in which the facts of finished tasks survive a restart
      --shard.index=…                  which of the shards this is, from 0; each polls its part of the tasks
      --shard.count=…                  how many shards there are
      --shard.from-pod-name            the index is the number at the end of the environment's POD_NAME
      --log.level=…                    debug, info, warn, error (default info)
      --log.format=…                   logfmt, json (default logfmt)
      --version                        print the version and exit
      --help                           print this help and exit
    "
  `);
});
