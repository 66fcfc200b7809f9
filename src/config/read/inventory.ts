import { protectableKinds as kinds, type ProtectableKind } from "../../estate/protectables.ts";
import { enterpriseProjectField, namesOf } from "./cloud-names.ts";
import { booleanField, durationField, field, textSchema } from "./fields.ts";
import { listOf, mapOf, orDefault } from "./kind.ts";
import { type Wrong, wrong } from "./place.ts";

/** Whether a collector looks at vaults, policies and restore points (ListVault, ListPolicies, ListBackups). */
export interface InventoryConfig {
  /** Ids or names; none: all. */
  readonly vaults: readonly string[];
  /** Whether the newest restore point of each resource is looked for. */
  readonly restorePoints: boolean;
  /** Kinds of resources that are looked for outside every vault (ListProtectable); none: none. */
  readonly unprotected: readonly ProtectableKind[];
  /** How much later than its policy's time a restore point may come. */
  readonly graceMs: number;
  /** An id, or `all_granted_eps`; sent only when given. */
  readonly enterpriseProjectId?: string;
}

const hour = 3600 * 1000;

export const inventory = mapOf(
  {
    what: "a map, as inventory: {} with all its defaults",
    about: "Looks at vaults, policies and restore points, through ListVault, ListPolicies and ListBackups.",
    keys: {
      vaults: namesOf("vault", "The vaults that are looked at; all, unless given."),
      restore_points: orDefault(
        true,
        booleanField("Whether the newest restore point of each resource is looked for, and when one was due."),
      ),
      unprotected: listOf(
        {
          what: "a list of kinds, such as [server, disk]",
          about: "Kinds of resources that are looked for outside every vault, 50 a request; none, unless given.",
        },
        field(
          {
            what: kinds.join(", ").replace(/, (?=\w+$)/, " or "),
            about: "A kind of resources.",
            schema: textSchema(new RegExp(`^(?:${kinds.join("|")})$`)),
          },
          (text) => kinds.find((kind) => kind === text),
        ),
      ),
      grace: orDefault(
        "6h",
        durationField({
          what: "a duration from 0s to 31d, such as 6h",
          about: "How much later than its policy's time a restore point may come.",
          min: 0,
          max: 31 * 24 * hour,
        }),
      ),
      enterprise_project_id: enterpriseProjectField("Asks for what is an enterprise project's; sent only when given."),
    },
  },
  (_, values): InventoryConfig | Wrong => {
    if (!values) return wrong;
    const { vaults, restore_points, unprotected, grace, enterprise_project_id } = values;
    return {
      vaults: vaults ?? [],
      restorePoints: restore_points,
      unprotected: [...new Set(unprotected)],
      graceMs: grace,
      ...(enterprise_project_id !== undefined && { enterpriseProjectId: enterprise_project_id }),
    };
  },
);
