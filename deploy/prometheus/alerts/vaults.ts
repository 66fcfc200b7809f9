import type { Context } from "./context.ts";
import { inventoryFresh, last, whileFresh, zeroFor } from "./promql.ts";
import type { Alert, Rule } from "./rule.ts";
import { seconds } from "./settings.ts";
import { ask, nameOf, where } from "./texts.ts";

/** Whether vaults take backups, and policies make them. */
export function vaults({ scope, settings }: Context): readonly Rule[] {
  const { vault, policy } = scope;
  const { thresholds } = settings;
  const used = "cbr:vault_used_bytes";
  const full = "cbr:vault_full";
  const fillsUp = "cbr:vault_nearly_full_size_bytes";
  const available = "cbr:vault_available";
  const enabled = "cbr:vault_policy_enabled";
  const fresh = whileFresh(["vault_id"], "vaults");
  const it = `Vault {{ $labels.vault_id }} of project ${where(settings, "project")}`;
  const asked = (query: string): string => ask(settings, query, "project", "vault_id");
  const resources = `its resources{{ with ${asked("max(cbr_vault_resources{%s})")} }} ({{ . | first | value }}){{ end }}`;

  function onVault(
    alert: Pick<Alert, "alert" | "expr" | "severity">,
    what: string,
    description: readonly string[],
  ): Alert {
    return { ...alert, summary: `${what}: ${nameOf(settings, "vault")}`, description, about: ["project"] };
  }

  return [
    {
      record: full,
      comment: "Full vaults that do not expand by themselves, at each exporter.",
      expr: `cbr_vault_used_bytes >= cbr_vault_size_bytes unless cbr_vault_auto_expand == 1\n${fresh}`,
    },
    {
      record: fillsUp,
      comment: "The size of vaults that are over their own warning, not full, and do not expand by themselves.",
      expr: `cbr_vault_size_bytes > cbr_vault_used_bytes
unless cbr_vault_used_bytes / cbr_vault_size_bytes <= cbr_vault_warning_ratio
unless cbr_vault_auto_expand == 1
${fresh}`,
    },
    {
      record: used,
      comment: "What vaults hold, whichever exporter says so: a line over days outlives exporters.",
      expr: `max by (${vault}) (cbr_vault_used_bytes and ignoring (vault_id, list) ${inventoryFresh})`,
    },
    {
      record: available,
      comment: "1 while a vault can be used, or is being expanded; 0 while it is frozen, broken or being deleted.",
      expr: `max by (${vault}) (
  cbr_vault_status{status!~"frozen|error|deleting"} ${whileFresh(["vault_id", "status"], "vaults")}
)`,
    },
    {
      record: enabled,
      comment: "Of vaults with resources and policies for backups, whether any of these is enabled.",
      expr: `max by (${vault}) (
  (cbr_vault_policy_info{operation_type="backup"} ${whileFresh(["vault_id", "policy_id", "operation_type", "destination_vault_id"], "vaults")})
  * on (${policy}) group_left () max by (${policy}) (cbr_policy_enabled ${whileFresh(["policy_id"], "policies")})
) and max by (${vault}) (cbr_vault_resources) > 0`,
    },
    onVault(
      { alert: "CBRVaultFull", expr: `group by (${vault}) (${last(full)})`, severity: "critical" },
      "CBR vault is full",
      [
        `${it}{{ range ${asked(`max by (__name__) (${last('{__name__=~"cbr_vault_(size|used)_bytes",%s}')})`)} | sortByLabel "__name__" }}, {{ .Labels.__name__ | reReplaceAll "cbr_vault_|_bytes" "" }} {{ .Value | humanize1024 }}B{{ end }}, does not expand by itself: backups of ${resources} fail.`,
        "First: expand it by hand, then start what failed again; automatic expansion has no effect on a vault that is full already.",
      ],
    ),
    onVault(
      {
        alert: "CBRVaultFillingUp",
        expr: `max by (${vault}) (${last(fillsUp)}) <= predict_linear(${used}[3d], ${seconds(thresholds.CBRVaultFillingUp)})
and last_over_time(${used}[1d] offset 2d)`,
        severity: "warning",
      },
      "CBR vault fills up",
      [
        `${it}, of {{ $value | humanize1024 }}B, is{{ with ${asked(`max(${last("cbr_vault_used_bytes{%s}")} / ${last("cbr_vault_size_bytes{%s}")})`)} }} {{ . | first | value | humanizePercentage }} full,{{ end }} over its own warning, and filling up.`,
        `{{ with ${asked(`(max(${last("cbr_vault_size_bytes{%s}")}) - max(${used}{%s})) / max(deriv(${used}{%s}[3d]))`)} }}If it goes on as in the last 3 days, it is full in {{ . | first | value | humanizeDuration }}. {{ end }}First: expand it, or shorten the retention of its policies.`,
      ],
    ),
    onVault(
      {
        alert: "CBRVaultUnavailable",
        expr: zeroFor(available, thresholds.CBRVaultUnavailable),
        severity: "critical",
      },
      "CBR vault cannot be used",
      [
        `For ${thresholds.CBRVaultUnavailable} ${it.replace("Vault", "vault")} has been{{ range ${asked(`max by (status) (${last('cbr_vault_status{status=~"frozen|error|deleting",%s}')}) == 1`)} }} {{ .Labels.status }}{{ end }}: backups of ${resources} fail, and none may be restored.`,
        "First: frozen: settle the account; deleting: ask who deletes it; error: open a ticket with the cloud.",
      ],
    ),
    onVault(
      {
        alert: "CBRPolicyDisabled",
        expr: zeroFor(enabled, thresholds.CBRPolicyDisabled),
        severity: "warning",
      },
      "No policy backs up a CBR vault",
      [
        `For ${thresholds.CBRPolicyDisabled} the policies for backups of ${it.replace("Vault", "vault")} have been disabled`,
        `{{- with ${asked(`group by (policy_id, policy_name) (${last("cbr_policy_info")} and on (${policy}) ${last('cbr_vault_policy_info{operation_type="backup",%s}')})`)} }} ({{ range $n, $policy := . | sortByLabel "policy_name" }}{{ if $n }}, {{ end }}{{ or .Labels.policy_name .Labels.policy_id }}{{ end }}){{ end }}: nobody backs up ${resources}, and CBRBackupMissing does not tell of them.`,
        "First: enable the policy, give the vault another, or take its resources out of it.",
      ],
    ),
  ];
}
