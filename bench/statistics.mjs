/** @returns the value in the middle; of an even number of values, the mean of the two there */
export function median(values) {
  return quantile(values, 0.5);
}

/** Where half of the values lie. @returns [first, third] quartile */
export function quartiles(values) {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}

/** Between two values, the line from one to the other counts. @param fraction 0 to 1 */
function quantile(values, fraction) {
  if (values.length === 0) throw new Error("no values");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/**
 * How a time grows with a size: `time ~ size ** exponent`, by least squares over the logarithms. 0: not at all; 1: in
 * proportion; 2: with the square.
 *
 * @param points [size, time] of two sizes at least, all above 0
 */
export function exponent(points) {
  const logs = points.map(([size, time]) => [Math.log(size), Math.log(time)]);
  const mean = (at) => logs.reduce((sum, log) => sum + log[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const together = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return together / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

/** Of a size that takes so long once: enough rounds for a median, no more than the time allows beyond that. */
export function roundsFor(msARound, { least, most, budgetMs }) {
  return Math.max(least, Math.min(most, Math.floor(budgetMs / msARound)));
}
