/** Records whose text is made together. */
export interface Block<R> {
  readonly records: ReadonlyMap<string, R>;
}

/** Records in blocks, so that those which change often lie in few, apart from those which will not change any more. */
export interface RecordBlocks<R, B extends Block<R>> {
  readonly blocks: () => Iterable<B>;
  /** `before` absent: the record is new; `after` absent: it has left. */
  change(before: R | undefined, after: R | undefined): void;
}

/** How many records a block has at most. */
export interface BlockSizes {
  /** Of those that change: all of a block is written anew whenever one does. Also of frozen ones, at first. */
  readonly small: number;
  /** Of frozen ones: as many small blocks as make one, once they are full, are put together. */
  readonly big: number;
}

export const blockSizes: BlockSizes = { small: 128, big: 1024 };

export interface RecordBlocksOptions<R, B extends Block<R>> {
  readonly sizes: BlockSizes;
  /** Whether a record hardly ever changes from now on. */
  readonly isFrozen: (record: R) => boolean;
  readonly createBlock: (records: ReadonlyMap<string, R>) => B;
  /** A record of the block has changed, or come (`before` absent), or left (`after` absent). */
  readonly onChange: (block: B, before: R | undefined, after: R | undefined) => void;
  /** There are other blocks than before. */
  readonly onBlocks: () => void;
}

interface Home<R, B> {
  readonly block: B;
  readonly records: Map<string, R>;
  readonly tier: Tier<R, B>;
}

/** Blocks of one size. */
interface Tier<R, B> {
  readonly capacity: number;
  readonly homes: Set<Home<R, B>>;
  /** Those with room. */
  readonly open: Set<Home<R, B>>;
}

export function createRecordBlocks<R extends { readonly key: string }, B extends Block<R>>(
  options: RecordBlocksOptions<R, B>,
): RecordBlocks<R, B> {
  const { isFrozen, createBlock, onChange, onBlocks } = options;
  const { small, big } = options.sizes;
  const [old, young, live] = [tierOf<R, B>(big), tierOf<R, B>(small), tierOf<R, B>(small)];
  const homes = new Map<string, Home<R, B>>();

  function homeIn(tier: Tier<R, B>): Home<R, B> {
    const records = new Map<string, R>();
    const home = { block: createBlock(records), records, tier };
    tier.homes.add(home);
    onBlocks();
    return home;
  }

  function place(record: R): void {
    const tier = isFrozen(record) ? young : live;
    const [home = homeIn(tier)] = tier.open;
    home.records.set(record.key, record);
    homes.set(record.key, home);
    onChange(home.block, undefined, record);
    if (home.records.size < tier.capacity) tier.open.add(home);
    else tier.open.delete(home);
    if (tier === young && (tier.homes.size - tier.open.size) * small >= big) putTogether();
  }

  /** Makes one block of all small ones that are full. */
  function putTogether(): void {
    const one = homeIn(old);
    for (const home of [...young.homes].filter((full) => !young.open.has(full))) {
      young.homes.delete(home);
      for (const [key, record] of home.records) {
        one.records.set(key, record);
        homes.set(key, one);
      }
    }
  }

  function take(record: R, home: Home<R, B>): void {
    const { records, tier } = home;
    records.delete(record.key);
    onChange(home.block, record, undefined);
    if (tier !== old) tier.open.add(home);
    if (records.size <= tier.capacity / 4 && (records.size === 0 || tier === old || tier.open.size > 1)) empty(home);
  }

  /** Gives what little is left of a block to others, so that their number stays in proportion to that of the records. */
  function empty(home: Home<R, B>): void {
    home.tier.homes.delete(home);
    home.tier.open.delete(home);
    onBlocks();
    for (const record of home.records.values()) place(record);
  }

  return {
    *blocks() {
      for (const tier of [old, young, live]) for (const { block } of tier.homes) yield block;
    },
    change(before, after) {
      const home = before && homes.get(before.key);
      if (before && home && after && isFrozen(before) === isFrozen(after)) {
        home.records.set(after.key, after);
        onChange(home.block, before, after);
        return;
      }
      if (before && home) take(before, home);
      // Not deleted and set again: a map grows by what has been deleted too.
      if (after) place(after);
      else if (before) homes.delete(before.key);
    },
  };
}

function tierOf<R, B>(capacity: number): Tier<R, B> {
  return { capacity, homes: new Set(), open: new Set() };
}
