import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseCommand } from "../../src/cli.ts";
import { projectRoot } from "../program.ts";
import { fenced } from "./snippets.ts";

const page = readFileSync(`${projectRoot}docs/shards.md`, "utf8");

/** What the flags of a command make of the exporter. */
function settingsOf(args: readonly string[], podName?: string) {
  const command = parseCommand(args, { POD_NAME: podName });
  if (command.run !== "serve") throw new Error(`${args.join(" ")} serves nothing`);
  return command.settings;
}

test("the commands start each shard of as many, with a storage and a port of its own", () => {
  const commands = fenced(page, "sh").flatMap((block) => block.trim().split("\n"));
  const all = commands.map((command) => settingsOf(command.split(" ").slice(1)));
  expect(all.map(({ shard }) => shard)).toEqual(all.map((_, index) => ({ index, count: all.length })));
  const own = [new Set(all.map(({ storagePath }) => storagePath)), new Set(all.map(({ listen }) => listen[0]?.port))];
  expect(own.map(({ size }) => size)).toEqual([all.length, all.length]);
});

test("the StatefulSet has as many pods as shards, and each knows which one it is", () => {
  const [manifest = ""] = fenced(page, "yaml");
  const { spec, metadata } = parse(manifest);
  const [container] = spec.template.spec.containers;
  expect(container.env).toEqual([{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }]);
  for (let index = 0; index < spec.replicas; index += 1) {
    const { shard, storagePath, configFile } = settingsOf(container.args, `${metadata.name}-${index}`);
    expect(shard).toEqual({ index, count: spec.replicas });
    // Below what is mounted.
    const mounts: readonly { name: string; mountPath: string }[] = container.volumeMounts;
    for (const path of [storagePath, configFile]) {
      expect(mounts.some(({ mountPath }) => path?.startsWith(`${mountPath}/`))).toBe(true);
    }
    const volumes = [
      ...spec.template.spec.volumes,
      ...spec.volumeClaimTemplates.map((each: never) => each["metadata"]),
    ];
    expect(mounts.map(({ name }) => name).sort()).toEqual(volumes.map(({ name }) => name).sort());
  }
  expect(container.ports.map(({ containerPort }: { containerPort: number }) => containerPort)).toEqual(
    settingsOf([]).listen.map(({ port }) => port),
  );
  expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
});
