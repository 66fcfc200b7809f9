export function median(values: readonly number[]): number;
export function quartiles(values: readonly number[]): [number, number];
export function exponent(points: readonly (readonly [number, number])[]): number;
export function roundsFor(msARound: number, limits: { least: number; most: number; budgetMs: number }): number;
