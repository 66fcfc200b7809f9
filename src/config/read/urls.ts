import { proxyUrlFault } from "../proxy-url.ts";
import { field, textSchema } from "./fields.ts";
import type { Kind } from "./kind.ts";
import { type Place, tell, type Wrong } from "./place.ts";

/**
 * The base URL of an API, read without trailing slashes.
 * `http` only reaches loopback hosts, for every request carries credentials.
 * @param example a whole URL, for the message
 */
export function urlField(about: string, example: string): Kind<string> {
  // Only what an editor would say of most mistakes.
  const pattern = /^[Hh][Tt][Tt][Pp](?:[Ss]:\/\/|:\/\/(?=localhost|127\.|\[::1\]))[^\s\\?#@/]+(?:\/[^\s\\?#]*)?$/;
  return field({ what: "an https:// URL", about, schema: textSchema(pattern, ["string"]) }, (text, place) => {
    const url = readUrl(text, place, `must be an https:// URL, such as ${example}`, "they belong under auth");
    if (typeof url !== "string" || !url.startsWith("http:") || isLoopbackUrl(url)) return url;
    return tell(
      place,
      "must be https:// (http:// would send credentials readable to all; only a loopback host may use it)",
    );
  });
}

/** The base URL of a service to which no credentials are sent: `http` reaches any host. */
export function plainUrlField(about: string, example: string): Kind<string> {
  const what = `an http:// or https:// URL, such as ${example}`;
  const schema = textSchema(/^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\\?#@/]+(?:\/[^\s\\?#]*)?$/, ["string"]);
  return field({ what, about, schema }, (text, place) =>
    readUrl(text, place, `must be ${what}`, "the service takes none"),
  );
}

/** The URL of a proxy, just as it stands there. */
export function proxyUrlField<T>(about: string, make: (url: string) => T): Kind<T> {
  const what = "an http:// or https:// URL, such as http://proxy.example.com:3128";
  const schema = textSchema(/^[Hh][Tt][Tt][Pp][Ss]?:\/\/(?:[^\s\\/?#%]|%[\dA-Fa-f]{2})+\/?$/, ["string"]);
  return field({ what, about, schema }, (text, place) => {
    const fault = proxyUrlFault(text);
    return fault === undefined ? make(text) : tell(place, fault);
  });
}

/**
 * @param otherwise said of what is no such URL at all
 * @param aboutCredentials why they must not stand in it
 */
function readUrl(text: string, place: Place, otherwise: string, aboutCredentials: string): string | Wrong {
  // The URL class drops tabs and newlines and takes a missing // for granted.
  if (/[\s\p{Cc}\\]/u.test(text) || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return tell(place, otherwise);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || /^[^/]*\/\/[^/]*@/.test(text)) {
    return tell(place, `must not hold credentials; ${aboutCredentials}`);
  }
  if (/[?#]/.test(text)) return tell(place, "must not have a query or fragment; end it after the path");
  return withoutSlashes(url);
}

/** Origin and path, which two spellings of a URL have in common. */
export function withoutSlashes({ origin, pathname }: URL): string {
  return origin + pathname.replace(/\/+$/, "");
}

/**
 * Whether a URL leads to this machine itself; what is no URL does not.
 * The URL class makes one spelling of all: `127.1` is `127.0.0.1` by then.
 */
export function isLoopbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
