export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly bare?: readonly number[];
  readonly bareName?: string;
  readonly rivals?: Readonly<Record<string, readonly number[]>>;
  readonly isCompared?: boolean;
  readonly most?: number | undefined;
}

export function createRows(): { add(row: Row): void; note(text: string): void; text(): string };
export function whole(value: number): string;
