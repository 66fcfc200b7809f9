import { datasource } from "../datasource.ts";

/** What every panel says of itself. */
interface About {
  readonly title: string;
  /** What the reader is to do with it, in plain words. */
  readonly description: string;
  /** Of the numbers; `none` for counts. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly span: number;
  readonly height: number;
}

interface Panel {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
  datasource(ref: typeof datasource): this;
}

/** Gives a panel what every panel has. */
export function about<P extends Panel>(panel: P, { title, description, unit, span, height }: About): P {
  return panel.title(title).description(description).unit(unit).span(span).height(height).datasource(datasource);
}
