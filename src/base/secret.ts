import { inspect } from "node:util";

/**
 * A value that no log line, template, JSON or inspection can print: all of them show `<secret>`.
 * Only {@link Secret.reveal} gives it away, so that each place which does can be found by searching for that word.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "<secret>";
  }

  toJSON(): string {
    return "<secret>";
  }

  [inspect.custom](): string {
    return "<secret>";
  }
}
