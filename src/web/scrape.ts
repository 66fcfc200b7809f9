import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Encoding, Exposition } from "../metrics/exposition.ts";
import type { Format } from "../metrics/text.ts";
import type { ScrapeLimits } from "./limits.ts";
import { contentTypes, negotiateEncoding, negotiateFormat } from "./negotiate.ts";
import { sendBody } from "./send-body.ts";

export interface ScrapeOptions {
  readonly exposition: Exposition;
  readonly limits: ScrapeLimits;
  readonly onError: (error: Error) => void;
}

/** Answers with the text of `/metrics`, whatever happens; settles once that is handed to the connection as far as it takes it. */
export type Scrape = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const common = { "x-content-type-options": "nosniff" };

type Headers = Readonly<Record<string, string>>;

function headersOf(format: Format): Readonly<Record<Encoding, Headers>> {
  const identity = { ...common, "content-type": contentTypes[format], vary: "Accept, Accept-Encoding" };
  return { identity, gzip: { ...identity, "content-encoding": "gzip" } };
}

const headers: Readonly<Record<Format, Readonly<Record<Encoding, Headers>>>> = {
  text: headersOf("text"),
  openmetrics: headersOf("openmetrics"),
};

/** Writes to the connection itself, since a `Response` of Hono's would cost as much as finding the text of a scrape does. */
export function createScrape({ exposition, limits, onError }: ScrapeOptions): Scrape {
  return async (request, response) => {
    try {
      const answer = limits.admit(response);
      if (!answer) {
        const text = `${limits.maxRequests} answers are under way already, and no more are allowed (--web.max-requests)\n`;
        sayText(response, 503, text, { "retry-after": "1" });
        return;
      }
      const format = negotiateFormat(request.headers.accept);
      const encoding = negotiateEncoding(request.headers["accept-encoding"]);
      const found = exposition.body(format, encoding);
      const body = found instanceof Promise ? await found : found;
      // Who asked may be gone by now.
      if (!response.destroyed) sendBody(response, body, headers[format][encoding], answer.setUnread);
    } catch (error) {
      onError(error as Error);
      if (!response.headersSent) sayText(response, 500, "Internal error\n");
    }
  };
}

/** @param text US-ASCII */
function sayText(response: ServerResponse, status: number, text: string, more: OutgoingHttpHeaders = {}): void {
  const about = { "content-type": "text/plain; charset=UTF-8", "content-length": text.length };
  response.writeHead(status, { ...common, ...about, ...more }).end(text);
}
