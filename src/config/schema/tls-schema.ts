import type * as z from "zod";
import { isHostName } from "../../base/patterns.ts";
import { booleanField, mapField, textField } from "./fields.ts";

/** Prometheus's spelling. What the files hold is judged by `tlsFileProblems`. */
export const tlsSchema = mapField("a map with any of ca_file, cert_file, key_file, server_name, insecure_skip_verify", {
  /** Added to Node's bundled roots. */
  ca_file: pemFile("the certificates of authorities"),
  cert_file: pemFile("a certificate"),
  key_file: pemFile("a private key"),
  server_name: textField("the name of a host, such as cbr.example.com", isHostName).optional(),
  insecure_skip_verify: booleanField().default(false),
});

function pemFile(what: string): z.ZodOptional<z.ZodType<string>> {
  return textField(`the path of a PEM file that holds ${what}`, (text) => text !== "").optional();
}
