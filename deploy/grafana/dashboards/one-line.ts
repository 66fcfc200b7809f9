/** An expression without the line ends of our code: Grafana reads `query_result(…)` from one line alone. */
export function oneLine(expression: string): string {
  return expression.replaceAll(/\s+/g, " ").replaceAll("( ", "(").replaceAll(" )", ")").trim();
}
