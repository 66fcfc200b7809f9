import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../src/base/clock.ts";
import { fromMillis, later, type Micros } from "../../../src/base/micros.ts";
import { onlyShard, type Shard } from "../../../src/base/shard.ts";
import type { Config } from "../../../src/config/config.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../../support/configs.ts";
import { type LiveCloud, type LiveExporter, startLiveCloud, startLiveExporter } from "../../support/live-exporter.ts";
import { newYear } from "../../support/manual-clock.ts";
import { type Relay, startRelay } from "../../support/relay.ts";
import type { Setup } from "./scenario.ts";

/** Minute 0 of every scenario: between two minutes of the clock, so that no scrape meets a poll. */
export const minuteZero: Micros = later(newYear, fromMillis(30_000));

/** What Prometheus has to scrape. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  /** What it answers; undefined while it does not. */
  readonly scrape: () => Promise<string | undefined>;
}

/** The cloud and the exporters of a scenario, and what can befall them. */
export interface World {
  readonly cloud: Simulator;
  /** For tokens and task files; goes with the world. */
  readonly folder: string;
  /** Writes what an exporter needs at its start, whose target does not answer until then. */
  prepare(instance: string): Promise<void>;
  /** Starts an exporter, again where it ran before; its target is there from now on. */
  start(instance: string): Promise<void>;
  /** It ends; its target stays, and does not answer. */
  kill(instance: string): Promise<void>;
  /** It ends, and its target goes. */
  remove(instance: string): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  freeze(instance: string, isFrozen?: boolean): void;
  /** Its way to the cloud is cut, or whole again. */
  cutOff(instance: string, isCut?: boolean): void;
  /** Its clock is ahead of the cloud's by so many minutes from now on. */
  turnClock(instance: string, minutes: number): void;
  /** It is another shard, from its next start on. */
  setShard(instance: string, shard: Shard): void;
  reload(instance: string, change: (config: Config) => Config): Promise<void>;
  /** What it is to load is wrong. */
  reloadWrong(instance: string): void;
  /** Its disk takes no writes, or does again. */
  breakDisk(instance: string, isBroken?: boolean): void;
}

export interface OpenWorld extends World {
  readonly targets: () => readonly Target[];
  /** Lets so many minutes pass. */
  pass(minutes: number): Promise<void>;
  settle(): Promise<void>;
  close(): Promise<void>;
}

interface Machine {
  readonly clock: MachineClock;
  readonly relay: Relay | undefined;
  config: Config;
  shard: Shard;
  exporter: LiveExporter | undefined;
  isListed: boolean;
}

export async function openWorld(setup: Setup): Promise<OpenWorld> {
  const { exporters = ["a"], remote = [], tasks = [], labels = () => ({ job: "cbr" }) } = setup;
  const folder = mkdtempSync(join(tmpdir(), "cbr-world-"));
  const cloud = await startLiveCloud({ tasks, ...setup.simulator }, minuteZero);
  setup.before?.(cloud.simulator, () => (cloud.clock.now() - minuteZero) / 60e6);
  for (const [target, fault] of Object.entries(setup.faults ?? {})) cloud.simulator.setFault(target, fault);
  const machines = new Map<string, Machine>();

  async function machineOf(instance: string): Promise<Machine> {
    const known = machines.get(instance);
    if (known) return known;
    const { protocol, port } = new URL(cloud.simulator.url);
    const relay = remote.includes(instance) ? await startRelay(Number(port)) : undefined;
    const usual = usualConfig(`${protocol}//127.0.0.1:${relay?.port ?? port}`, setup);
    const config = setup.config?.(usual, { folder }) ?? usual;
    const shard = setup.shards?.(instance) ?? onlyShard;
    const machine = { clock: machineClock(cloud), relay, config, shard, exporter: undefined, isListed: true };
    machines.set(instance, machine);
    return machine;
  }

  function existing(instance: string): Machine {
    const machine = machines.get(instance);
    if (!machine) throw new Error(`there is no exporter ${instance}`);
    return machine;
  }

  async function kill(instance: string): Promise<void> {
    const machine = existing(instance);
    await machine.exporter?.close();
    machine.exporter = undefined;
  }

  const world: OpenWorld = {
    cloud: cloud.simulator,
    folder,
    async prepare(instance) {
      await machineOf(instance);
    },
    async start(instance) {
      const machine = await machineOf(instance);
      await machine.exporter?.close();
      machine.isListed = true;
      machine.exporter = await startLiveExporter({
        cloud,
        ownClock: machine.clock,
        shard: machine.shard,
        ...(setup.stores && { storage: join(folder, `facts-of-${instance}`) }),
      });
      await machine.exporter.apply(machine.config);
      await cloud.settle();
    },
    kill,
    async remove(instance) {
      await kill(instance);
      existing(instance).isListed = false;
    },
    freeze: (instance, isFrozen = true) => existing(instance).clock.freeze(isFrozen),
    cutOff: (instance, isCut = true) => existing(instance).relay?.cut(isCut),
    turnClock: (instance, minutes) => existing(instance).clock.turn(minutes * 60_000),
    setShard(instance, shard) {
      existing(instance).shard = shard;
    },
    async reload(instance, change) {
      const machine = existing(instance);
      machine.config = change(machine.config);
      await machine.exporter?.apply(machine.config);
      await cloud.settle();
    },
    reloadWrong: (instance) => existing(instance).exporter?.rejectConfig(),
    breakDisk: (instance, isBroken = true) => existing(instance).exporter?.breakDisk(isBroken),
    targets: () =>
      [...machines]
        .filter(([, { isListed }]) => isListed)
        .map(([instance, { exporter, clock }]) => ({
          labels: { ...labels(instance), instance },
          scrape: async () => (clock.isFrozen() ? undefined : exporter?.expose()),
        })),
    pass: (minutes) => cloud.clock.advance(minutes * 60_000),
    settle: cloud.settle,
    async close() {
      for (const { exporter, relay } of machines.values()) {
        await exporter?.close();
        await relay?.close();
      }
      await cloud.simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const instance of exporters) await world.start(instance);
  return world;
}

/** What the documentation's defaults make of a configuration with one project and one collector. */
function usualConfig(endpoint: string, { tasks = [], schedule = "* * * * *" }: Setup): Config {
  const limits = { rateLimit: 5, concurrency: 4, timeoutMs: 10_000, retries: 3 };
  return {
    projects: [projectConfig({ endpoint, iamEndpoint: endpoint, ...limits })],
    collectors: [collectorConfig({ name: "nightly", schedule, tasks: taskConfigs(...tasks.map(({ id }) => id)) })],
  };
}

/** The clock of one machine: it may be off, and its process may be stopped. */
interface MachineClock extends Clock {
  turn(aheadMs: number): void;
  freeze(isFrozen: boolean): void;
  isFrozen(): boolean;
}

function machineClock({ clock }: LiveCloud): MachineClock {
  const overdue = new Set<() => void>();
  let aheadMs = 0;
  let frozen = false;
  return {
    now: () => later(clock.now(), fromMillis(aheadMs)),
    monotonic: clock.monotonic,
    after(ms, call) {
      const cancel = clock.after(ms, () => {
        if (frozen) overdue.add(call);
        else call();
      });
      return () => {
        cancel();
        overdue.delete(call);
      };
    },
    turn(ms) {
      aheadMs = ms;
    },
    freeze(isFrozen) {
      frozen = isFrozen;
      if (frozen) return;
      for (const call of overdue) {
        overdue.delete(call);
        call();
      }
    },
    isFrozen: () => frozen,
  };
}
