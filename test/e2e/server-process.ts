import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { onTestFinished } from "vitest";
import { watch } from "../program.ts";
import { type ToolName, tool } from "./tools.ts";

/** A program of Debian's that listens on a loopback port. */
export interface ServerProcess {
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A port of 127.0.0.1 that nobody listens on now, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts it, waits until it listens, and ends it with the test. @throws {Error} with what it wrote, if it ends before */
export async function startServer(name: ToolName, args: readonly string[], port: number): Promise<ServerProcess> {
  const program = watch(spawn(tool(name), args));
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    program.process.kill(signal);
    await program.exited;
  };
  onTestFinished(() => stop("SIGKILL"));
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    const { exitCode, signalCode } = program.process;
    if (exitCode !== null || signalCode !== null || tries > 200) {
      throw new Error(`${name} does not listen:\n${program.stdout()}${program.stderr()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { port, stop };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
