import { labelNamePattern } from "../../base/patterns.ts";
import { textField } from "./fields.ts";
import { type JsonSchema, type Kind, kind } from "./kind.ts";
import { below, tell, wrong } from "./place.ts";

export type Labels = Readonly<Record<string, string>>;

/** Label names that Prometheus sets itself, or that change what a sample means, besides those that begin with `__`. */
const prometheusLabels: ReadonlySet<string> = new Set(["job", "instance", "le"]);

/** Whether an extra label may not have this name. @param ours names that the exporter's own metrics have */
function isReserved(name: string, ours: ReadonlySet<string>): boolean {
  return name.startsWith("__") || prometheusLabels.has(name) || ours.has(name);
}

/** What an editor may know of the name of an extra label. */
export function labelNameSchema(ours: ReadonlySet<string>): JsonSchema {
  const reserved = [...prometheusLabels, ...ours].toSorted();
  return { pattern: labelNamePattern.source.replace("^", "^(?!__)"), not: { enum: reserved } };
}

const labelValue = textField({
  what: "text of at most 1024 characters",
  about: "The label's value.",
  pattern: /^[\s\S]{0,1024}$/,
});

/** Extra labels of tasks. */
export function labelsField(about: string): Kind<Labels> {
  const schema = {
    type: "object",
    propertyNames: { $ref: "#/definitions/labelName" },
    additionalProperties: labelValue.schema,
  };
  return kind({ what: "a map of label names and values", about, schema }, (place) => {
    if (place.tree.kind !== "map") return tell(place, "must be a map of label names and values");
    const { reservedLabels } = place.reading;
    const labels: [string, string][] = [];
    for (const [name, { at }] of place.tree.entries) {
      const own = below(place, name);
      const value = labelValue.read(own);
      if (value !== wrong) labels.push([name, value]);
      if (!labelNamePattern.test(name)) {
        tell(own, "a label's name must be letters, digits and _, not beginning with a digit", at);
      } else if (isReserved(name, reservedLabels)) {
        tell(own, "this label name is reserved; choose another", at);
      }
    }
    return labels.length === place.tree.entries.size ? Object.fromEntries(labels) : wrong;
  });
}

/** A task's labels, over those of its collector; the collector's very own where it has none, as nearly all have. */
export function mergedLabels(ofCollector: Labels, ofTask: Labels): Labels {
  return Object.keys(ofTask).length === 0 ? ofCollector : { ...ofCollector, ...ofTask };
}
