import Negotiator from "negotiator";
import type { Encoding } from "../metrics/exposition.ts";
import type { Format } from "../metrics/text.ts";

export const contentTypes: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Prometheus asks in the same words each time, and reading them costs as much as finding what to answer. */
function remembered<Answer>(read: (header: string) => Answer): (header: string) => Answer {
  let last: { readonly header: string; readonly answer: Answer } | undefined;
  return (header) => {
    if (last?.header !== header) last = { header, answer: read(header) };
    return last.answer;
  };
}

const readAccept = remembered((accept: string): Format => {
  // Prometheus 3 adds how it wants names escaped; ours need no escaping, and negotiator would look for an exact match.
  const plain = accept.replace(/;\s*escaping=[^;,]*/gi, "");
  const [best] = new Negotiator({ headers: { accept: plain } }).mediaTypes([
    contentTypes.text,
    contentTypes.openmetrics,
  ]);
  return best === contentTypes.openmetrics ? "openmetrics" : "text";
});

const readAcceptEncoding = remembered((acceptEncoding: string): Encoding => {
  const negotiator = new Negotiator({ headers: { "accept-encoding": acceptEncoding } });
  return negotiator.encoding(["gzip", "identity"]) === "gzip" ? "gzip" : "identity";
});

/**
 * The format that the client prefers by its q-values, of equals the one it names more exactly or first; the text format
 * where it says nothing, or wants neither: a scrape is never refused for its headers.
 */
export function negotiateFormat(accept: string | undefined): Format {
  return accept ? readAccept(accept) : "text";
}

export function negotiateEncoding(acceptEncoding: string | undefined): Encoding {
  return acceptEncoding ? readAcceptEncoding(acceptEncoding) : "identity";
}
