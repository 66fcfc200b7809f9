type Labels = Readonly<Record<string, string>>;

/** Compared by hand: a reload compares the labels of all tasks. */
export function sameLabels(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return a === b || (names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]));
}
