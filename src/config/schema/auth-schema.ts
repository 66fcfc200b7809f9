import type * as z from "zod";
import { isOneLine, isToken } from "../../base/patterns.ts";
import { mapField, textField } from "./fields.ts";
import { metadataUrlField } from "./url-field.ts";

/** The ways to log in, as they are spelled. */
export const authMethods = ["token", "token_file", "password", "ak_sk", "ecs_agency"] as const;

/**
 * Each secret is optional here: that either it or its `_file` stands there is judged by `checkAuth`.
 * A file is read afresh for each use or renewal.
 */
const passwordSchema = mapField("a map with domain_name, user_name and password or password_file", {
  /** The account's name at IAM. */
  domain_name: oneLine("the name of the account that the user belongs to, on one line"),
  user_name: oneLine("the name of an IAM user, on one line"),
  password: oneLine("a password of one line without control characters").optional(),
  password_file: secretFile("password"),
});

const akSkSchema = mapField("a map with access_key and secret_key, or each as a _file", {
  access_key: inlineKey("an access key"),
  access_key_file: secretFile("access key"),
  secret_key: inlineKey("a secret key"),
  secret_key_file: secretFile("secret key"),
  /** With temporary keys. */
  security_token: inlineKey("a security token"),
  security_token_file: secretFile("security token"),
});

const ecsAgencySchema = mapField("a map: {} or with endpoint", {
  endpoint: metadataUrlField().default("http://169.254.169.254"),
});

/** One key for each way to log in; that it is exactly one is judged by `checkAuth`. */
export const authSchema = mapField(`a map with one of ${authMethods.join(", ")}`, {
  token: inlineKey("a token"),
  token_file: secretFile("token"),
  password: passwordSchema.optional(),
  ak_sk: akSkSchema.optional(),
  ecs_agency: ecsAgencySchema.optional(),
});

function inlineKey(what: string): z.ZodOptional<z.ZodType<string>> {
  return textField(`${what} of printable ASCII characters without spaces or newlines`, isToken).optional();
}

function oneLine(what: string): z.ZodType<string> {
  return textField(what, isOneLine);
}

function secretFile(what: string): z.ZodOptional<z.ZodType<string>> {
  const article = what === "access key" ? "an" : "a";
  return textField(`the path of a file that holds ${article} ${what}`, (text) => text !== "").optional();
}
