import * as z from "zod";
import { isLoopback } from "../loopback.ts";
import { proxyUrlFault } from "../proxy-url.ts";

type Read = { readonly url: string } | { readonly fault: string };

/**
 * The base URL of an API, read without trailing slashes.
 * `http` only reaches loopback hosts, for every request carries credentials.
 * @param example a whole URL, for the message
 */
export function urlField(example: string): z.ZodType<string> {
  return field("an https:// URL", (text) => {
    const read = readUrl(text, `must be an https:// URL, such as ${example}`, "they belong under auth");
    if ("fault" in read || !read.url.startsWith("http:") || isLoopback(new URL(read.url).hostname)) return read;
    return {
      fault: "must be https:// (http:// would send credentials readable to all; only a loopback host may use it)",
    };
  });
}

/** The base URL of the metadata service, to which no credentials are sent: `http` reaches any host. */
export function metadataUrlField(): z.ZodType<string> {
  const what = "an http:// or https:// URL, such as http://169.254.169.254";
  return field(what, (text) => readUrl(text, `must be ${what}`, "the service takes none"));
}

/** The URL of a proxy, just as it stands there. */
export function proxyUrlField(): z.ZodType<string> {
  return field("an http:// or https:// URL, such as http://proxy.example.com:3128", (text) => {
    const fault = proxyUrlFault(text);
    return fault === undefined ? { url: text } : { fault };
  });
}

function field(what: string, read: (text: string) => Read): z.ZodType<string> {
  return z.string({ error: `must be ${what}` }).transform((text, context) => {
    const result = read(text);
    if ("url" in result) return result.url;
    context.addIssue({ code: "custom", message: result.fault });
    return z.NEVER;
  });
}

/**
 * @param otherwise said of what is no such URL at all
 * @param aboutCredentials why they must not stand in it
 */
function readUrl(text: string, otherwise: string, aboutCredentials: string): Read {
  // The URL class drops tabs and newlines and takes a missing // for granted.
  if (/[\s\p{Cc}\\]/u.test(text) || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return { fault: otherwise };
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || /^[^/]*\/\/[^/]*@/.test(text)) {
    return { fault: `must not hold credentials; ${aboutCredentials}` };
  }
  if (/[?#]/.test(text)) return { fault: "must not have a query or fragment; end it after the path" };
  return { url: url.origin + url.pathname.replace(/\/+$/, "") };
}
