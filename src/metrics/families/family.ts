import type { Micros } from "../../base/micros.ts";

export type Labels = Readonly<Record<string, string>>;

/** One series of a family, of one record. */
export interface Sample {
  /** Labels on top of those that all series of the record carry, in the order in which they stand. */
  readonly labels?: Labels;
  readonly value: number;
}

/** A metric about single records of one kind: it looks at one of them, and at nothing else. */
export interface Family<R, Type extends "gauge" | "counter" = "gauge"> {
  readonly name: string;
  /** What the value is, its unit and the API's field; without `"` and `\`, so that both formats write it alike. */
  readonly help: string;
  readonly type: Type;
  /** Labels on top of those that all series of the record carry. */
  readonly labelNames: readonly string[];
  /** Whether it also carries the labels that the configuration adds. */
  readonly hasExtraLabels?: true;
  samples(record: R): readonly Sample[];
}

/** All series of one kind of records. */
export interface Series<R> {
  /** Those that all of a record carry. */
  readonly labels: (record: R) => Labels;
  readonly families: readonly Family<R>[];
}

/** One series, absent while its value is not known. */
export function gauge<R>(name: string, help: string, value: (record: R) => number | undefined): Family<R> {
  return {
    name,
    help,
    type: "gauge",
    labelNames: [],
    samples: (record) => {
      const known = value(record);
      return known === undefined ? [] : [{ value: known }];
    },
  };
}

/** 1 with a label that tells something, absent while it is not known. */
export function info<R>(
  name: string,
  help: string,
  label: string,
  value: (record: R) => string | undefined,
): Family<R> {
  return {
    name,
    help,
    type: "gauge",
    labelNames: [label],
    samples: (record) => {
      const known = value(record);
      return known === undefined ? [] : [{ labels: { [label]: known }, value: 1 }];
    },
  };
}

/** 1 for one of all values that a label may have, 0 for the others; absent while it is not known. */
export function oneOf<R, V extends string>(
  name: string,
  help: string,
  label: string,
  values: readonly V[],
  value: (record: R) => V | undefined,
): Family<R> {
  return {
    name,
    help,
    type: "gauge",
    labelNames: [label],
    samples: (record) => {
      const known = value(record);
      return known === undefined
        ? []
        : values.map((each) => ({ labels: { [label]: each }, value: each === known ? 1 : 0 }));
    },
  };
}

/** 1 for yes, 0 for no. */
export function yesOrNo(known: boolean | undefined): number | undefined {
  return known === undefined ? undefined : Number(known);
}

/** Division rounds once, so that the shortest text of the result has exactly the microseconds of the API. */
export function seconds(time: Micros | undefined): number | undefined {
  return time === undefined ? undefined : time / 1e6;
}
