import type { Shard } from "../../../src/base/shard.ts";
import type { Config } from "../../../src/config/config.ts";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import type { Simulator, SimulatorOptions } from "../../../src/simulator/simulator.ts";
import type { SimTask } from "../../../src/simulator/tasks/sim-task.ts";
import type { AlertName } from "./alert-table.ts";
import type { World } from "./world.ts";

/** Minutes since the scenario began. Prometheus scrapes at each; polls of every minute come half a minute later. */
export type Minute = number;

/** An alert as it fires, `CBRTaskFailed prod t`: its name and the values of its labels, `severity` aside. */
export type Firing = string;

/** An alert fires at each evaluation from the first minute to the last, both included. */
export type Span = readonly [from: Minute, to: Minute];

export type Act = (world: World) => unknown;

/** Exporters, a cloud, what happens to them, and who is told. */
export interface Scenario {
  /** What happens, and to whom, where the name of what is tried says more than the table needs. */
  readonly name: string;
  /** The row of the table «situation → alert → when»; absent for what only shows where an alert ends. */
  readonly row?: string;
  /** Why nobody has to be told, in the table's words. */
  readonly because?: string;
  readonly setup?: Setup;
  /** What is done at a minute, before Prometheus scrapes. */
  readonly happens?: Readonly<Record<Minute, Act | readonly Act[]>>;
  /** Which series the rules are shown. Default: all that they look at. */
  readonly shown?: (series: string) => boolean;
  /** The minute of the cause, from which the table counts. Default: 0. */
  readonly since?: Minute;
  /** The last minute. */
  readonly until: Minute;
  /** Minutes from one scrape and evaluation to the next, and between the minutes at which something happens. Default: 1. */
  readonly step?: Minute;
  /** Whatever fires at any minute. Default: nothing. */
  readonly fires?: Readonly<Record<Firing, Span | readonly Span[]>>;
  /** The alerts that it shows to be silent. */
  readonly not?: readonly AlertName[];
}

/** What an alert says at a minute. */
export interface AlertText {
  readonly at: Minute;
  readonly firing: Firing;
  readonly summary: string;
  readonly description: string;
}

/** How it begins. */
export interface Setup {
  /** `instance` of each exporter that runs from the start. Default: `a`. */
  readonly exporters?: readonly string[];
  /** Those whose way to the cloud can be cut. */
  readonly remote?: readonly string[];
  /** Tasks of the cloud, listed by the one collector, `nightly`. */
  readonly tasks?: readonly SimTask[];
  /** Default: every minute. */
  readonly schedule?: string;
  readonly simulator?: SimulatorOptions;
  /** What is done to the cloud before anybody looks at it; the minute that it is later. */
  readonly before?: (cloud: Simulator, minute: () => Minute) => void;
  /** What is wrong in the cloud from the start, by what is asked. */
  readonly faults?: Readonly<Record<string, Fault>>;
  /** Which part of the tasks is whose. Default: all of them have all. */
  readonly shards?: (instance: string) => Shard;
  /** Whether exporters have a storage, each its own, over restarts. */
  readonly stores?: boolean;
  /** Changes what an exporter starts with. */
  readonly config?: (usual: Config, world: Pick<World, "folder">) => Config;
  /** What Prometheus calls its targets, beside `instance`. Default: `{ job: "cbr" }`. */
  readonly labels?: (instance: string) => Readonly<Record<string, string>>;
}

/** The spans of an alert. */
export function spansOf(fires: Span | readonly Span[]): readonly Span[] {
  return typeof fires[0] === "number" ? [fires as Span] : (fires as readonly Span[]);
}
