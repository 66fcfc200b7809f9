import { spawn } from "node:child_process";

const patienceMs = 10_000;

/** Programs that live and die together. */
export class Children {
  #running = new Map();
  #ending = false;
  #folder;
  #onEnd;

  /**
   * @param folder in which they run
   * @param onEnd called when one of them ends by itself, with what it last said
   */
  constructor(folder, onEnd) {
    this.#folder = folder;
    this.#onEnd = onEnd;
    // Whatever ends this process, a mistake in it included, leaves none of them behind.
    process.on("exit", () => {
      for (const child of this.#running.keys()) child.kill("SIGKILL");
    });
  }

  get ending() {
    return this.#ending;
  }

  start(name, command, args) {
    const child = spawn(command, args, { cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said = (said + text).slice(-1_000);
    });
    const ended = new Promise((resolve) => {
      child.once("error", ({ message }) => {
        said += message;
        resolve();
      });
      child.once("close", resolve);
    }).then(() => {
      this.#running.delete(child);
      if (!this.#ending) this.#onEnd(`${name} ended by itself:\n${said.trim()}`);
    });
    this.#running.set(child, ended);
  }

  async end() {
    this.#ending = true;
    for (const child of this.#running.keys()) {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), patienceMs).unref();
    }
    await Promise.all(this.#running.values());
  }
}
