import { defined } from "../../base/json.ts";
import { later, type Micros, micros, toMillis } from "../../base/micros.ts";
import type { AnswerContext, Page } from "../answers/page.ts";
import type { ApiObserver, Operation } from "../operations.ts";
import type { Reading, Requester } from "../transport/call.ts";

/** How far ahead of the cloud's clock a time may be: clocks differ within a cloud, and a zone may be forgotten. */
const margin = micros(24 * 3600e6);

/** A thousand records of a few KB. */
const usualMaxPage = 16 * 1024 * 1024;

/** What calls that bring records are made with. */
export interface CallContext {
  readonly request: Requester;
  readonly observer: Pick<ApiObserver, "invalidField">;
  /** The cloud's clock, as the answer that is being read showed it. */
  readonly cloudNow: () => Micros;
  /** Gives equal texts as one and the same string. */
  readonly intern: (text: string) => string;
}

/** Which part of a list a page shows. */
export interface Paging {
  /** The most records of the page. */
  readonly limit: number;
  /** How many records come before it. */
  readonly offset: number;
}

/** A list as the vendor's reference describes it. */
export interface ListCall<T> {
  readonly operation: Operation;
  /** Below the endpoint; `{project_id}` stands for the project's id. */
  readonly path: string;
  /** Absent for a list without pages. */
  readonly paging?: Paging;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Bytes of a page, 16 MiB unless given. */
  readonly maxBody?: number;
  readonly decode: (answer: unknown, context: AnswerContext) => Page<T> | { readonly unusable: string };
  readonly signal: AbortSignal;
}

/** What answers of now are read with. */
export function answerContext({ cloudNow, intern }: Pick<CallContext, "cloudNow" | "intern">): AnswerContext {
  return { latest: later(cloudNow(), margin), intern };
}

/** Asks for one page of a list, and counts the fields that could not be used. @throws {ApiError} | {Held} | {Stopped} */
export async function listPage<T>(context: CallContext, list: ListCall<T>): Promise<Page<T>> {
  const { operation, path, paging, query = {}, maxBody = usualMaxPage, decode, signal } = list;
  const { limit, offset } = paging ?? {};
  const page = await context.request({
    operation,
    path,
    query: defined({ limit: limit?.toString(), offset: offset?.toString(), ...query }),
    maxBody,
    signal,
    read({ json }): Reading<Page<T>> {
      const decoded = decode(json, answerContext(context));
      return "records" in decoded ? { value: decoded } : decoded;
    },
  });
  for (const field of page.invalidFields) context.observer.invalidField(field);
  return page;
}

/** `2018-02-01T12:00:00Z`; digits after the second would be refused. */
export function queryTime(time: Micros | undefined): string | undefined {
  return time === undefined ? undefined : `${new Date(Math.floor(toMillis(time))).toISOString().slice(0, 19)}Z`;
}
