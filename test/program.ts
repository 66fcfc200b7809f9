import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("..", import.meta.url));

/** A program of the project under test, as a process of its own. */
export interface Program {
  readonly process: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  /** Waits for a match in what has been written to stderr, from the start. */
  seen(pattern: RegExp): Promise<RegExpMatchArray>;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

export interface ProgramOptions {
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether files can be shut to it as to anybody, also where root runs the tests. */
  readonly plain?: boolean;
}

/** Starts `dist/main.js`, or another file of the build, with these arguments. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const { file = "dist/main.js", env = {}, cwd = projectRoot, plain = false } = options;
  // Not as another user, who may not be let into the folder of the project itself.
  const before = plain && process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
  const [command = "", ...rest] = [...before, process.execPath, `${projectRoot}${file}`, ...args];
  return watch(spawn(command, rest, { cwd, env: { ...process.env, ...env } }));
}

/** Follows what a process writes, and its end. */
export function watch(child: ChildProcessWithoutNullStreams): Program {
  const output = { stdout: "", stderr: "" };
  const checks = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const check of checks) check();
    });
  }
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("close", (code, signal) => {
      resolve(code ?? signal ?? -1);
      for (const check of checks) check();
    });
  });
  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const match = output.stderr.match(pattern);
          if (match) resolve(match);
          else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`ended without ${pattern}:\n${output.stderr}`));
          } else return;
          checks.delete(check);
        };
        checks.add(check);
        check();
      }),
    exited,
  };
}

/** Where a program listens, once it says so. */
export async function addressOf(program: Program): Promise<string> {
  const [, address] = await program.seen(/msg="Listening on" address=(\S+)/);
  return `http://${address}`;
}
