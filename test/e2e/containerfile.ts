import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** What an image would start. */
export interface Built {
  /** The image's root as a folder. */
  readonly root: string;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Carries out a Dockerfile's steps without a container engine: every stage is a folder, `COPY` copies into it from the
 * context, or from another stage, and `RUN` runs in its working directory with this machine's Node.
 */
export function buildImage(context: string): Built {
  const stages = new Map<string, Built>();
  let stage: Built = empty();
  const text = readFileSync(join(context, "Dockerfile"), "utf8");
  for (const line of text.replace(/\\\n/g, " ").split("\n")) {
    const [instruction = "", rest = ""] = line.trim().split(/\s+(.*)/s);
    if (instruction === "" || instruction.startsWith("#")) continue;
    switch (instruction) {
      case "FROM": {
        stage = empty();
        const name = rest.match(/ AS (\S+)$/)?.[1] ?? "";
        stages.set(name, stage);
        break;
      }
      case "WORKDIR":
        stage = update(stages, stage, { workdir: rest });
        mkdirSync(join(stage.root, rest), { recursive: true });
        break;
      case "COPY":
        copy(stages, stage, context, rest.split(/\s+/));
        break;
      case "RUN":
        execFileSync("sh", ["-c", rest], {
          cwd: join(stage.root, stage.workdir),
          stdio: ["ignore", "ignore", "inherit"],
        });
        break;
      case "ENV": {
        const [name = "", value = ""] = rest.split("=");
        if (!value.startsWith("$")) stage = update(stages, stage, { env: { ...stage.env, [name]: value } });
        break;
      }
      case "USER":
        stage = update(stages, stage, { user: rest });
        break;
      case "ENTRYPOINT":
        stage = update(stages, stage, { entrypoint: JSON.parse(rest) as string[] });
        break;
      case "ARG":
      case "EXPOSE":
        break;
      default:
        throw new Error(`Dockerfile: ${instruction} is not understood by every builder`);
    }
  }
  return stage;
}

function empty(): Built {
  return { root: mkdtempSync(join(tmpdir(), "cbr-image-")), workdir: "/", entrypoint: [], user: "root", env: {} };
}

function update(stages: Map<string, Built>, stage: Built, change: Partial<Built>): Built {
  const next = { ...stage, ...change };
  for (const [name, old] of stages) if (old === stage) stages.set(name, next);
  return next;
}

function copy(stages: Map<string, Built>, stage: Built, context: string, words: readonly string[]): void {
  const from = words[0]?.match(/^--from=(.+)$/)?.[1];
  const [sources, target] = [words.slice(from ? 1 : 0, -1), words.at(-1) ?? ""];
  for (const source of sources) {
    const base = from ? stages.get(from)?.root : context;
    if (base === undefined) throw new Error(`Dockerfile: no stage ${from}`);
    const path = join(base, source);
    if (!existsSync(path)) throw new Error(`Dockerfile: ${source} is not there`);
    const into = join(stage.root, stage.workdir, target);
    cpSync(path, target.endsWith("/") ? join(into, basename(source)) : into, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}
