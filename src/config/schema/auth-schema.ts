import { isToken } from "../patterns.ts";
import { mapField, textField } from "./fields.ts";

/** One key for each way to log in; that it is exactly one is judged by `checkAcross`. */
export const authSchema = mapField("a map with one of token, token_file", {
  token: textField("a token of printable ASCII characters without spaces or newlines", isToken).optional(),
  /** Read afresh for each use. */
  token_file: textField("the path of a file that holds a token", (text) => text !== "").optional(),
});

/** The ways to log in, as they are spelled. */
export const authMethods = ["token", "token_file"] as const;
