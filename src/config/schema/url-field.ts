import * as z from "zod";

/**
 * The base URL of an API, read without trailing slashes.
 * `http` only reaches loopback hosts, for every request carries credentials.
 */
export function urlField(): z.ZodType<string> {
  const what = "an https:// URL";
  return z
    .string({ error: ({ input }) => (input === undefined ? `is missing; it must be ${what}` : `must be ${what}`) })
    .transform((text, context) => {
      const result = readUrl(text);
      if ("url" in result) return result.url;
      context.addIssue({ code: "custom", message: result.fault });
      return z.NEVER;
    });
}

function readUrl(text: string): { readonly url: string } | { readonly fault: string } {
  // The URL class drops tabs and newlines and takes a missing // for granted.
  if (/[\s\p{Cc}\\]/u.test(text) || !/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return { fault: "must be an https:// URL, such as https://cbr.ap-southeast-1.myhuaweicloud.com" };
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || /^[^/]*\/\/[^/]*@/.test(text)) {
    return { fault: "must not hold credentials; they belong under auth" };
  }
  if (/[?#]/.test(text)) return { fault: "must not have a query or fragment; end it after the path" };
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return {
      fault: "must be https:// (http:// would send credentials readable to all; only a loopback host may use it)",
    };
  }
  return { url: url.origin + url.pathname.replace(/\/+$/, "") };
}

/** The URL class has made one spelling of all: `127.1` is `127.0.0.1` by now. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
