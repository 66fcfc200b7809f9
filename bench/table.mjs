import { median, quartiles } from "./statistics.mjs";

const columns = ["measured", "exporter", "against", "times", "at most", "prom-client", "client_golang"];

/** Takes what the parts measure, and makes one table of it, in Markdown. */
export function createRows() {
  const rows = [];
  const notes = [];
  return {
    /**
     * @param row `what`; `unit`; `ours`, the values of the exporter; where there is another side, `bare` with its values and
     *   `bareName`, and `rivals`, values by name; `most`: what the ratio, or without another side the median, may be
     */
    add: (row) => rows.push(row),
    note: (text) => notes.push(text),
    text() {
      const lines = [columns, columns.map(() => "---"), ...rows.map(cellsOf)];
      return [...lines.map((cells) => `| ${cells.join(" | ")} |`), "", ...notes.map((note) => `- ${note}`)].join("\n");
    },
  };
}

function cellsOf({ what, unit, ours, bare, bareName, rivals = {}, most }) {
  const ratio = bare && median(ours) / median(bare);
  return [
    what,
    spread(ours, unit),
    bare ? `${bareName} ${spread(bare, unit)}` : "",
    ratio === undefined ? "" : figure(ratio),
    limit(most, ratio ?? median(ours), ratio === undefined ? ` ${unit}` : ""),
    ...["prom-client", "client_golang"].map((name) => (rivals[name] ? spread(rivals[name], unit) : "")),
  ];
}

/** The median, and between which values half of all lie. */
function spread(values, unit) {
  const [low, high] = quartiles(values).map(figure);
  const between = values.length === 1 || low === high ? "" : ` (${low}–${high})`;
  return `${figure(median(values))}${between}${unit ? ` ${unit}` : ""}`;
}

function limit(most, value, unit) {
  if (most === undefined) return "";
  return value > most ? `**${most}${unit}**` : `${most}${unit}`;
}

/** Three digits that count. */
function figure(value) {
  if (Math.abs(value) >= 100) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
  return value === 0 ? "0" : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
