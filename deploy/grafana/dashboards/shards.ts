/**
 * What exporters count, with the shard that each of them is: replicas of one shard count the same, shards count what is
 * theirs. Without that label where an exporter does not say, as before there were shards.
 *
 * @param counts a counter or gauge; `labels`: what it has beside the labels of its target
 * @param window where it looks back, as far as it does: an exporter that has gone since counts with the shard that it was
 */
function inShard(counts: string, labels: readonly string[], window?: string): string {
  const ignored = `ignoring (${[...labels, "shard"].join(", ")})`;
  const shards =
    window === undefined
      ? "cbr_exporter_shards"
      : // One that was two of them in that time has been the one or the other.
        `topk without (shard) (1, last_over_time(cbr_exporter_shards${window}))`;
  return `${counts} * ${ignored} group_left (shard) group without () (${shards}) or ignoring (shard) ${counts}`;
}

/** What all shards count together, of each the replica that counts most. @param by of its `labels`, those that are kept */
export function overShards(counts: string, labels: readonly string[], by: readonly string[], window?: string): string {
  const each = [...labels, "shard"].join(", ");
  return `sum by (${by.join(", ")}) (max by (${each}) (${inShard(counts, labels, window)}))`;
}
