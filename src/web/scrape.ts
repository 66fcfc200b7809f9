import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Exposition } from "../metrics/exposition.ts";
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
      const body = await exposition.body(format, encoding);
      const headers = {
        ...common,
        "content-type": contentTypes[format],
        vary: "Accept, Accept-Encoding",
        ...(encoding === "gzip" && { "content-encoding": "gzip" }),
      };
      // Who asked may be gone by now.
      if (!response.destroyed) sendBody(response, body, headers, answer.setUnread);
    } catch (error) {
      onError(error as Error);
      if (!response.headersSent) sayText(response, 500, "Internal error\n");
    }
  };
}

/** @param text US-ASCII */
function sayText(response: ServerResponse, status: number, text: string, headers: OutgoingHttpHeaders = {}): void {
  const about = { "content-type": "text/plain; charset=UTF-8", "content-length": text.length };
  response.writeHead(status, { ...common, ...about, ...headers }).end(text);
}
