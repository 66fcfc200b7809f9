export function inTurn(
  groups: readonly { sides: readonly string[]; limits: { least: number; most: number; budgetMs: number } }[],
  measure: (side: string) => Promise<readonly number[]>,
): Promise<Record<string, number[]>>;
