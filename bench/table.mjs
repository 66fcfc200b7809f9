import { median, quartiles } from "./statistics.mjs";

const columns = ["measured", "exporter", "against", "times", "at most", "prom-client", "client_golang"];

/** Takes what the parts measure, and makes one table of it, in Markdown. */
export function createRows() {
  const rows = [];
  const notes = [];
  const cells = (row) => `| ${row.join(" | ")} |`;
  return {
    /**
     * @param row `what`; `unit`; `ours`, the values of the exporter; where there is another side, `bare` with its values and
     *   `bareName`, and `rivals`, values by name; `isCompared`: whether their ratio means anything, true unless told;
     *   `most`: what that ratio may be, without one the median
     */
    add: (row) => rows.push(row),
    note: (text) => notes.push(text),
    text() {
      const table = [columns, columns.map(() => "---"), ...rows.map(cellsOf)].map(cells);
      return [...table, "", ...notes.map((note) => `- ${note}`)].join("\n");
    },
  };
}

function cellsOf({ what, unit, ours, bare, bareName, rivals = {}, isCompared = true, most }) {
  const ratio = bare && isCompared ? median(ours) / median(bare) : undefined;
  return [
    what,
    spread(ours, unit),
    bare ? `${bareName} ${spread(bare, unit)}` : "",
    ratio === undefined ? "" : figure(ratio),
    limit(most, ratio ?? median(ours), ratio === undefined ? unit : ""),
    ...["prom-client", "client_golang"].map((name) => (rivals[name] ? spread(rivals[name], unit) : "")),
  ];
}

/** The median, and between which values half of all lie. */
function spread(values, unit) {
  const [low, high] = quartiles(values).map(figure);
  const between = values.length === 1 || low === high ? "" : ` (${low}–${high})`;
  return withUnit(`${figure(median(values))}${between}`, unit);
}

/** Bold where it is not kept. */
function limit(most, value, unit) {
  if (most === undefined) return "";
  const text = withUnit(figure(most), unit);
  return value > most ? `**${text}**` : text;
}

function withUnit(text, unit) {
  return unit === "" ? text : `${text} ${unit}`;
}

/** Three digits that count, and no zeros behind them. */
function figure(value) {
  if (Math.abs(value) >= 100) return whole(value);
  return String(Number(value.toPrecision(3)));
}

/** A whole number, its thousands apart. */
export function whole(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}
