import type * as z from "zod";
import { collectorSchema } from "./collector-schema.ts";
import { listField, mapField } from "./fields.ts";
import { projectSchema } from "./project-schema.ts";

/** The shape of the configuration file. Rules that join several keys are in `checkAcross`. */
export const configSchema = mapField("a map with projects and collectors", {
  projects: listField("a list of projects", projectSchema).min(1, { error: "must name at least one project" }),
  collectors: listField("a list of collectors ([] for none)", collectorSchema),
});

export type ParsedConfig = z.output<typeof configSchema>;
