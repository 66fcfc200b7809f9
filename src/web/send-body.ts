import type { ServerResponse } from "node:http";
import type { Body } from "../metrics/exposition.ts";

/** Answers 200 with the chunks as they are, corked into one write, never joined; only the headers for HEAD. */
export function sendBody(
  response: ServerResponse,
  { chunks, length }: Body,
  headers: Readonly<Record<string, string>>,
  method: string,
): void {
  response.writeHead(200, { ...headers, "content-length": length });
  if (method === "HEAD") {
    response.end();
    return;
  }
  response.cork();
  for (const chunk of chunks) response.write(chunk);
  response.uncork();
  response.end();
}
