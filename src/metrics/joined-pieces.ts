/** A form of the pieces of each family, neighbours in one buffer. */
export interface JoinedPieces<Piece, Joined> {
  /** Some piece of the family is another, or has lost its form. */
  setApart(family: number): void;
  /** Whether no family is apart. */
  isWhole(): boolean;
  /** Joins what is apart, one family with each step. @param piecesOf all of them with this form */
  join(piecesOf: (family: number) => readonly Piece[]): Iterable<void>;
  /** What is joined, family after family; the same list as long as it says the same. */
  all(): readonly Joined[];
  /** Lets go of everything. */
  drop(): void;
}

/** How a form is joined. */
export interface Joining<Piece, Joined> {
  readonly bytesOf: (piece: Piece) => number;
  readonly join: (pieces: readonly Piece[]) => Joined;
}

interface Run<Piece, Joined> {
  readonly pieces: readonly Piece[];
  readonly joined: Joined;
}

/** Enough for an answer of few chunks, and little to copy where one piece is another. */
const runBytes = 256 * 1024;

export function createJoinedPieces<Piece, Joined>(
  families: number,
  { bytesOf, join }: Joining<Piece, Joined>,
): JoinedPieces<Piece, Joined> {
  const runs: (readonly Run<Piece, Joined>[])[] = [];
  const apart = new Set<number>();
  let whole: readonly Joined[] | undefined;

  /** Neighbours of up to 256 KiB in all. */
  function neighbours(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
    const all: Piece[][] = [];
    let room = 0;
    for (const piece of pieces) {
      const bytes = bytesOf(piece);
      const run = all.at(-1);
      if (run && bytes <= room) run.push(piece);
      else {
        all.push([piece]);
        room = runBytes;
      }
      room -= bytes;
    }
    return all;
  }

  function drop(): void {
    whole = undefined;
    for (let family = 0; family < families; family += 1) {
      runs[family] = [];
      apart.add(family);
    }
  }

  drop();
  return {
    setApart(family) {
      apart.add(family);
    },
    isWhole: () => apart.size === 0,
    *join(piecesOf) {
      for (const family of apart) {
        const before = new Map(runs[family]?.map((run) => [run.pieces[0], run]));
        runs[family] = neighbours(piecesOf(family)).map((pieces) => {
          const known = before.get(pieces[0]);
          const isSame =
            known?.pieces.length === pieces.length && pieces.every((piece, i) => piece === known.pieces[i]);
          return known && isSame ? known : { pieces, joined: join(pieces) };
        });
        apart.delete(family);
        whole = undefined;
        yield;
      }
    },
    all() {
      whole ??= runs.flat().map(({ joined }) => joined);
      return whole;
    },
    drop,
  };
}
