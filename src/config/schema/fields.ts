import * as z from "zod";

/*
 * Every value is the text that stands in the file; a schema judges that text and may turn it into something better.
 * A message never holds the value: it may be a secret, or come from a variable.
 */

/** Text that passes a test. @param what completes "must be …" */
export function textField(what: string, passes: (text: string) => boolean): z.ZodType<string> {
  return z.string({ error: wrong(what) }).refine(passes, { error: `must be ${what}` });
}

/** Text that stands for something else. @param read gives undefined for what is not allowed */
export function readField<T>(what: string, read: (text: string) => T | undefined): z.ZodType<T> {
  return z.string({ error: wrong(what) }).transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${what}` });
    return z.NEVER;
  });
}

/** A plain decimal number within bounds. */
export function decimalField(what: string, min: number, max: number): z.ZodType<number> {
  return readField(what, (text) => {
    const value = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** An integer within bounds. */
export function integerField(what: string, min: number, max: number): z.ZodType<number> {
  return readField(what, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** `true` or `false`, in the spellings of YAML 1.2. */
export function booleanField(): z.ZodType<boolean> {
  return readField("true or false", (text) => {
    if (/^(?:true|True|TRUE)$/.test(text)) return true;
    return /^(?:false|False|FALSE)$/.test(text) ? false : undefined;
  });
}

export function listField<T extends z.ZodType>(what: string, item: T): z.ZodArray<T> {
  return z.array(item, { error: wrong(what) });
}

/** A map in which no other keys may stand. */
export function mapField<T extends z.ZodRawShape>(what: string, shape: T): z.ZodObject<T, z.core.$strict> {
  const message = wrong(what);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(" ") : message(issue)),
  });
}

/** The keys that would have been known, from the message of an issue about others. */
export function knownKeys(issue: z.core.$ZodIssueUnrecognizedKeys): readonly string[] {
  return issue.message.split(" ");
}

function wrong(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => (input === undefined ? `is missing; it must be ${what}` : `must be ${what}`);
}
