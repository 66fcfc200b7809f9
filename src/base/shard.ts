/** Which part of all ids a process takes care of, where several share them. */
export interface Shard {
  /** From 0, less than `count`. */
  readonly index: number;
  readonly count: number;
}

/** One that shares with nobody. */
export const onlyShard: Shard = { index: 0, count: 1 };

/** More would cost each id more than it saves. */
export const mostShards = 1000;

/** Whether an id is this shard's; of as many shards, exactly one says so. */
export function owns({ index, count }: Shard, id: string): boolean {
  return count === 1 || shardOf(id, count) === index;
}

/**
 * The shard of so many that an id belongs to, by rendezvous hashing: each shard draws a number for the id, the highest
 * has it. Neither other ids nor their order matter, and one shard more takes its own from all the others and moves no
 * other.
 */
export function shardOf(id: string, count: number): number {
  const hash = hashOf(id);
  let owner = 0;
  let highest = -1;
  for (let shard = 0; shard < count; shard += 1) {
    const score = mixed(hash ^ mixed(shard + 1));
    if (score > highest) {
      highest = score;
      owner = shard;
    }
  }
  return owner;
}

/** FNV-1a, by code units. What is stored and where people look depends on it: it must never change. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** MurmurHash3's end: each bit of what goes in turns half of those that come out, and no two numbers come out alike. */
function mixed(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
