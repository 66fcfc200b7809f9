import { sameLabels } from "../base/same-labels.ts";
import type { Family, Labels, Sample } from "./families/family.ts";
import { type Deflated, join } from "./gzip.ts";
import { createJoinedPieces } from "./joined-pieces.ts";
import { type Block, type BlockSizes, blockSizes, createRecordBlocks } from "./record-blocks.ts";
import { type Format, headText, labelText, sampleText } from "./text.ts";

/** Records that change one at a time, each change told to the subscribers. */
export interface RecordSource<R> {
  records(): Iterable<R>;
  /** `before` absent: the record is new; `after` absent: it has left. */
  subscribe(on: (before: R | undefined, after: R | undefined) => void): () => void;
}

/** A piece of text, in the forms in which it is asked for; the same object as long as it says the same. */
export interface Piece {
  text?: Uint8Array;
  deflated?: Deflated;
}

export type Form = keyof Piece;

/** The series of all records of a source, family after family, in pieces that are kept until one of their records changes. */
export interface FamilyText {
  /**
   * Nothing changes any more, until what this returns has taken over what is told meanwhile.
   * @returns takes over what was told, until others are to have their turn, and says whether that was all
   */
  hold(): (isOver: () => boolean) => boolean;
  /** What lacks this form, each piece with its text, which is a string where it has been written just now. */
  missing(form: Form): Iterable<{ readonly piece: Piece; readonly text: Uint8Array | string }>;
  /** Whether all of it is joined, and nothing has changed since. */
  isWhole(form: Form): boolean;
  /** Joins pieces, once none is missing, one family with each step. */
  join(form: Form): Iterable<void>;
  /** All of it, once it is joined, in few chunks that are shared. */
  texts(): readonly Uint8Array[];
  /** The same. */
  deflated(): readonly Deflated[];
  /** Lets go of a form that nobody asks for any more. */
  drop(form: Form): void;
}

/** Pieces of a block, one a family: undefined where it has to be made anew. */
interface WrittenBlock<R> extends Block<R> {
  readonly pieces: (Piece | undefined)[];
}

const none: Labels = {};

/** A family without series of the block's records. */
const nothing: Piece = Object.freeze({});

export interface FamilyTextOptions<R> {
  readonly source: RecordSource<R>;
  /** Gauges alone: their bytes are the same in both formats. */
  readonly families: readonly Family<R>[];
  /** Those that all series of a record carry; they never change. */
  readonly labels: (record: R) => Labels;
  /** Whether a record hardly ever changes from now on. */
  readonly isFrozen?: (record: R) => boolean;
  readonly sizes?: BlockSizes;
}

export function familyText<R extends { readonly key: string }>(options: FamilyTextOptions<R>): FamilyText {
  const { source, families, labels, isFrozen = () => false, sizes = blockSizes } = options;
  const heads = families.map((family): Piece => ({ text: Buffer.from(headText(family, "text")) }));
  const joined = {
    text: createJoinedPieces(families.length, { bytesOf: textBytes, join: joinTexts }),
    deflated: createJoinedPieces(families.length, { bytesOf: deflatedBytes, join: joinDeflated }),
  };
  function setApart(at: number): void {
    joined.text.setApart(at);
    joined.deflated.setApart(at);
  }
  const { blocks, change } = createRecordBlocks<R, WrittenBlock<R>>({
    isFrozen,
    sizes,
    createBlock: (records) => ({ records, pieces: families.map(() => undefined) }),
    onBlocks() {
      for (const at of families.keys()) setApart(at);
    },
    onChange(block, before, after) {
      families.forEach(({ samples }, at) => {
        if (block.pieces[at] === undefined || sameSamples(before && samples(before), after && samples(after))) return;
        block.pieces[at] = undefined;
        setApart(at);
      });
    },
  });
  /** Told during a hold. */
  let held: (readonly [R | undefined, R | undefined])[] | undefined;

  for (const record of source.records()) change(undefined, record);
  source.subscribe((before, after) => {
    if (held) held.push([before, after]);
    else change(before, after);
  });

  /** The block's series of one family after the other. */
  function writerOf({ records }: Block<R>): (family: Family<R>) => string {
    let shared: readonly (readonly [R, string])[] | undefined;
    return ({ name, samples }) => {
      shared ??= Array.from(records.values(), (record) => [record, labelText(labels(record))]);
      let text = "";
      for (const [record, common] of shared) text += samplesText(name, samples(record), common);
      return text;
    };
  }

  function pieceOf(block: WrittenBlock<R>, at: number): Piece {
    return block.pieces[at] ?? nothing;
  }

  function allOf(at: number): readonly Piece[] {
    const pieces = Array.from(blocks(), (block) => pieceOf(block, at)).filter((piece) => piece !== nothing);
    return [heads[at] ?? nothing, ...pieces];
  }

  return {
    hold() {
      const changes: (readonly [R | undefined, R | undefined])[] = [];
      held = changes;
      let at = 0;
      return (isOver) => {
        for (let told = changes[at]; told; told = changes[at]) {
          if (isOver()) return false;
          change(...told);
          at += 1;
        }
        held = undefined;
        return true;
      };
    },
    *missing(form) {
      if (joined[form].isWhole()) return;
      for (const head of heads) if (head[form] === undefined && head.text) yield { piece: head, text: head.text };
      for (const block of blocks()) {
        const write = writerOf(block);
        for (const [at, family] of families.entries()) {
          const known = block.pieces[at];
          if (known === nothing || known?.[form] !== undefined) continue;
          const text = known?.text ?? write(family);
          const piece = known ?? (text.length === 0 ? nothing : {});
          block.pieces[at] = piece;
          if (piece !== nothing) yield { piece, text };
        }
      }
    },
    isWhole: (form) => joined[form].isWhole(),
    join: (form) => joined[form].join(allOf),
    texts: joined.text.all,
    deflated: joined.deflated.all,
    drop(form) {
      joined[form].drop();
      for (const head of heads) {
        if (form === "deflated") delete head.deflated;
        // A view of its run would keep that.
        else if (head.text) head.text = Buffer.from(head.text);
      }
      for (const { pieces } of blocks()) for (const piece of pieces) if (piece && piece !== nothing) delete piece[form];
    },
  };
}

function textBytes({ text }: Piece): number {
  return text?.byteLength ?? 0;
}

function deflatedBytes({ deflated }: Piece): number {
  return deflated?.bytes.byteLength ?? 0;
}

/** The text of each piece is a view of all from now on: no byte is kept twice. */
function joinTexts(pieces: readonly Piece[]): Uint8Array {
  const [one] = pieces;
  if (one?.text && pieces.length === 1) return one.text;
  const all = Buffer.concat(pieces.flatMap(({ text }) => text ?? []));
  let place = 0;
  for (const piece of pieces) {
    const end = place + textBytes(piece);
    piece.text = all.subarray(place, end);
    place = end;
  }
  return all;
}

function joinDeflated(pieces: readonly Piece[]): Deflated {
  return join(pieces.flatMap(({ deflated }) => deflated ?? []));
}

/** The series of records as they are now, one family after the other, nothing kept. */
export function recordsText<R>(
  records: readonly R[],
  families: readonly Family<R, "gauge" | "counter">[],
  labels: (record: R) => Labels,
  format: Format,
): string {
  return families
    .map((family) => {
      const texts = records.map((record) =>
        samplesText(family.name, family.samples(record), labelText(labels(record))),
      );
      return headText(family, format) + texts.join("");
    })
    .join("");
}

/** @param shared the labels that all series of the record carry */
function samplesText(name: string, samples: readonly Sample[], shared: string): string {
  let text = "";
  for (const { labels, value } of samples) {
    text += sampleText(name, labels ? `${shared},${labelText(labels)}` : shared, value);
  }
  return text;
}

function sameSamples(before: readonly Sample[] = [], after: readonly Sample[] = []): boolean {
  if (before.length !== after.length) return false;
  return before.every(({ labels, value }, at) => {
    const other = after[at];
    return other !== undefined && value === other.value && sameLabels(labels ?? none, other.labels ?? none);
  });
}
