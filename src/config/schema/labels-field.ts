import * as z from "zod";
import { textField } from "./fields.ts";

/** Extra labels. Their names are keys, which `checkAcross` judges where they stand. */
export function labelsField(): z.ZodType<Record<string, string>> {
  return z.record(
    z.string(),
    textField("text of at most 1024 characters", (text) => text.length <= 1024),
    { error: "must be a map of label names and values" },
  );
}
