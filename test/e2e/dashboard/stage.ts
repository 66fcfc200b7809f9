import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, type Program, startProgram } from "../../program.ts";
import { type GrafanaSource, startGrafanaSource } from "../prometheus-range.ts";

/** An exporter that listens. */
interface Exporter {
  /** `host:port`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts exporters and Prometheus, and ends all of them. */
export interface Stage {
  demo(): Promise<Exporter>;
  exporter(config: string, files?: Readonly<Record<string, string>>): Promise<Exporter>;
  scrape(...exporters: readonly Exporter[]): Promise<GrafanaSource>;
  end(): Promise<void>;
}

export function createStage(): Stage {
  const ends: (() => Promise<void>)[] = [];

  async function follow(program: Program): Promise<Exporter> {
    const stop = async () => {
      program.process.kill();
      await program.exited;
    };
    ends.push(stop);
    return { host: new URL(await addressOf(program)).host, stop };
  }

  return {
    demo: () => follow(startProgram(["--demo", "--web.listen-address=127.0.0.1:0"])),
    exporter(config, files = {}) {
      const folder = mkdtempSync(join(tmpdir(), "cbr-dashboard-"));
      ends.push(async () => rmSync(folder, { recursive: true, force: true }));
      for (const [name, text] of Object.entries({ "config.yaml": config, ...files })) {
        writeFileSync(join(folder, name), text);
      }
      return follow(startProgram([`--config.file=${folder}/config.yaml`, "--web.listen-address=127.0.0.1:0"]));
    },
    async scrape(...exporters) {
      const source = await startGrafanaSource(exporters.map(({ host }) => host));
      ends.push(() => source.stop());
      return source;
    },
    async end() {
      for (const end of ends.toReversed()) await end();
    },
  };
}
