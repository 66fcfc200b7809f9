import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ProjectApi } from "../../src/cbr/project-api.ts";
import { openProject } from "./project.ts";
import type { RecordedObserver } from "./recorded-observer.ts";

/** What a cloud answers: JSON, or a text as it is. */
export interface Answering {
  readonly status?: number;
  readonly body: unknown;
}

/** A cloud that answers each GET as it is told, with a project's API that asks it over a socket. */
export async function openAnswering(answer: (url: URL) => Answering): Promise<{
  readonly api: ProjectApi;
  readonly observer: RecordedObserver;
  /** Path and query of each request, with a blank between. */
  readonly asked: readonly string[];
}> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`);
    asked.push([request.method, url.pathname, ...query].join(" "));
    const { status = 200, body } = answer(url);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...openProject({ endpoint, id: "p-1", rateLimit: 1000, retries: 0 }), asked };
}

/** A cloud whose list has pages as the vendor describes them: `limit` records from `offset` on, `count` is their total. */
export function pagesOf(name: string, records: readonly unknown[]): (url: URL) => Answering {
  return ({ searchParams }) => {
    const [limit, offset] = [Number(searchParams.get("limit") ?? 1000), Number(searchParams.get("offset") ?? 0)];
    return { body: { [name]: records.slice(offset, offset + limit), count: records.length, limit, offset } };
  };
}
