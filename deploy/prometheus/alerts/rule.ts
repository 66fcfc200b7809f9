/** One entry of `alerts.yaml`: an alert with all that is told when it fires, or a series that alerts share. */
export type Rule = Alert | Recorded;

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long the expression must hold without a gap: for what has no fact that says since when. */
  readonly for?: string;
  readonly severity: "critical" | "warning" | "none";
  readonly summary: string;
  /** Lines, joined by a space. */
  readonly description: readonly string[];
  /** The labels that the dashboard's address names. */
  readonly about?: readonly string[];
}

export interface Recorded {
  readonly record: string;
  readonly expr: string;
  /** What its value is. */
  readonly comment: string;
}

export interface Group {
  readonly name: string;
  /** Default: as often as Prometheus evaluates. */
  readonly interval?: string;
  readonly rules: readonly Rule[];
}
