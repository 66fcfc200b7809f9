import { html } from "hono/html";
import { type Micros, since } from "../../base/micros.ts";
import type { Estate, ResourceEstate, VaultRecord } from "../../estate/estate.ts";
import { formatSpan } from "./task-row.ts";

/** When one list of a collector was last read to its end. */
export interface ListAge {
  readonly collector: string;
  readonly list: string;
  /** Absent: never. */
  readonly at?: Micros | undefined;
  /** Its age from which on what it showed is old. */
  readonly oldAfter: Micros;
}

export interface MissingOptions {
  readonly estate: Pick<Estate, "vaults" | "resources" | "unprotected">;
  /** None: nobody looks. */
  readonly lists: readonly ListAge[];
  /** By this machine's clock. */
  readonly now: Micros;
}

/** Of each kind; nobody reads more, and the whole is in the metrics. */
const mostOfAKind = 20;

/** In words: which restore points are missing, which vaults lack room, which policies are off, what is in no vault. */
export function missing({ estate, lists, now }: MissingOptions) {
  if (lists.length === 0) return "";
  const old = lists.filter(({ at, oldAfter }) => at === undefined || since(at, now) > oldAfter);
  const kinds = [
    old.map((list) => oldSentence(list, now)),
    [...estate.resources.records()].filter(isMissing).sort(byDue).map(missingSentence),
    [...estate.vaults.records()].flatMap(vaultSentences),
    [...estate.unprotected.records()].map(
      ({ project, resourceId, name = resourceId }) => html`<b>${name}</b> of ${project} is in no vault.`,
    ),
  ];
  const sentences = kinds.flatMap((kind) => [
    ...kind.slice(0, mostOfAKind),
    ...(kind.length > mostOfAKind ? [html`${kind.length - mostOfAKind} more like these are in the metrics.`] : []),
  ]);
  return html`<h2>What is missing</h2>
    ${
      sentences.length === 0
        ? html`<p>Nothing: every restore point that was due is there, and every vault has room.</p>`
        : html`<ul class="missing">
            ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>`
    }`;
}

function isMissing({ due, restorePoints = [] }: ResourceEstate): boolean {
  return due !== undefined && !restorePoints.some(({ imageType, at }) => imageType === "backup" && at >= due);
}

function byDue(a: ResourceEstate, b: ResourceEstate): number {
  return (a.due ?? 0) - (b.due ?? 0);
}

function missingSentence({
  project,
  resourceId,
  name = resourceId,
  vaultName,
  due,
  restorePoints = [],
}: ResourceEstate) {
  const last = restorePoints.find(({ imageType }) => imageType === "backup");
  return html`<b>${name}</b> of ${project}${vaultName ? html` (vault ${vaultName})` : ""} has no restore point since
    ${due === undefined ? "" : formatTime(due)}, when one was due;
    ${last ? html`its last is of ${formatTime(last.at)}.` : "it has none at all."}`;
}

function vaultSentences({ project, vault, resources, policies }: VaultRecord) {
  const { id, name = id, status, size, used, warningPercent = 100, autoExpand } = vault;
  const of = html`Vault <b>${name}</b> of ${project}`;
  const backups = policies?.filter(({ operationType }) => operationType === "backup") ?? [];
  const isOff = resources > 0 && backups.length > 0 && backups.every(({ enabled }) => enabled === false);
  const percent = size && used !== undefined ? (100 * used) / size : undefined;
  return [
    ...(["frozen", "error", "deleting"].includes(status)
      ? [html`${of} is ${status}: nothing is backed up to it.`]
      : []),
    ...(percent !== undefined && percent >= warningPercent
      ? [
          html`${of} is ${percent >= 100 ? "full" : html`${Math.floor(percent)} % full`}${autoExpand ? ", and grows by itself" : ""}.`,
        ]
      : []),
    ...(isOff
      ? [
          html`${of} has no backup policy that is on: ${backups.map(({ name: its, policyId }) => its ?? policyId).join(", ")}.`,
        ]
      : []),
  ];
}

function oldSentence({ collector, list, at }: ListAge, now: Micros) {
  const what = list.replace("_", " of kind ");
  return at === undefined
    ? html`The list of ${what} (collector ${collector}) has not been read yet.`
    : html`The list of ${what} (collector ${collector}) was last read ${formatSpan(since(at, now))} ago, so what it shows is as of then.`;
}

/** `2026-06-01 22:00 UTC`. */
function formatTime(time: Micros): string {
  return `${new Date(time / 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
