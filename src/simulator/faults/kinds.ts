import type { ServerResponse } from "node:http";
import type { ErrorBodyOf } from "../errors.ts";
import { type Answer, jsonType } from "../exchange.ts";
import {
  type Fields,
  headerValue,
  headerValues,
  oneOf,
  secondsOrText,
  text,
  type Values,
  wholeFrom,
  yesOrNo,
} from "./fields.ts";
import { later, padded, sendHalf, sendPieces, slowly } from "./wire.ts";

/** The answer that a fault spoils. */
export interface Spoiled {
  /** Makes the right answer, at the moment at which it goes out. */
  right(): Answer;
  readonly errorBodyOf: ErrorBodyOf;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** For what no well-formed answer can express. */
  readonly outgoing: ServerResponse;
  /** Told where the answer will not end before its client goes. */
  holdBack(): void;
}

type Played = Answer | undefined | Promise<Answer>;

interface Kind<N extends Fields, T extends Fields> {
  /** Its keys that have to be there, and those that may. */
  readonly needs?: N;
  readonly takes?: T;
  /** The key that the argument of `--fault=ID=kind:arg` stands for, and how `--help` writes it. */
  readonly argument?: {
    readonly key: NoInfer<string & (keyof N | keyof T)>;
    readonly usage: string;
    readonly help: string;
  };
  /** @returns what is answered instead, or undefined where `outgoing` has been dealt with */
  play(fault: Values<N> & Partial<Values<T>>, spoiled: Spoiled): Played;
}

/** Keeps the types of the keys for {@link Fault}. */
function kind<N extends Fields = Record<never, never>, T extends Fields = Record<never, never>>(
  entry: Kind<N, T>,
): Kind<N, T> {
  return entry;
}

const day = 86_400_000;
const html = { "content-type": "text/html; charset=utf-8" };
const retryAfter = { retryAfter: secondsOrText, retryAfterAs: oneOf("seconds", "date") };

/** Every kind of fault, in the order in which messages name them. */
const kinds = {
  throttle: kind({
    takes: retryAfter,
    argument: { key: "retryAfter", usage: "[:seconds or text]", help: "429, with Retry-After when given" },
    play: (fault, { errorBodyOf, nowMs }) => ({
      status: 429,
      headers: { ...jsonType, ...retryAfterHeader(fault, nowMs) },
      body: textOf(errorBodyOf(429)),
    }),
  }),
  "server-error": kind({
    takes: { status: wholeFrom(500, 599), html: yesOrNo, ...retryAfter },
    argument: { key: "status", usage: "[:status]", help: "500" },
    play: ({ status = 500, html: asPage, ...fault }, { errorBodyOf, nowMs }) => ({
      status,
      headers: { ...(asPage ? html : jsonType), ...retryAfterHeader(fault, nowMs) },
      body: asPage ? page(`${status} Server Error`) : textOf(errorBodyOf(status)),
    }),
  }),
  /** Of the length that is told, cut in its middle. */
  "broken-json": kind({ play: (_, { right }) => withBody(right(), (body) => body.slice(0, body.length / 2)) }),
  /** As a proxy's login does. */
  html: kind({ play: () => ({ status: 200, headers: html, body: page("Please log in") }) }),
  empty: kind({ play: (_, { right }) => withBody(right(), () => "") }),
  "wrong-shape": kind({
    takes: { shape: oneOf("object", "null", "list") },
    argument: { key: "shape", usage: "[:object|null|list]", help: '{}, {"operation_log": null}, []' },
    play: ({ shape = "object" }, { right }) =>
      withBody(right(), (body) => ({ object: "{}", null: `{"${outerKey(body)}": null}`, list: "[]" })[shape]),
  }),
  "foreign-id": kind({
    takes: { id: text },
    argument: { key: "id", usage: "[:id]", help: "the right answer under another id" },
    play: ({ id = "f0e1d2c3-0000-4000-8000-000000000000" }, { right }) => withBody(right(), (body) => withId(body, id)),
  }),
  /** The default body is the cloud's for 401, 403, 404, 429 and 5xx, else empty. */
  status: kind({
    needs: { status: wholeFrom(200, 599) },
    takes: { body: text, contentType: headerValue, headers: headerValues },
    argument: { key: "status", usage: ":code", help: "any status, with the cloud's body for it" },
    play: ({ status, body, contentType = "application/json", headers }, { errorBodyOf }) => ({
      status,
      headers: { "content-type": contentType, ...headers },
      body: body ?? textOf(errorBodyOf(status)),
    }),
  }),
  redirect: kind({
    takes: { location: headerValue, status: wholeFrom(300, 399) },
    argument: { key: "location", usage: "[:location]", help: "302" },
    play: ({ location = "https://auth.example.invalid/login", status = 302 }) => ({
      status,
      headers: { location },
      body: "",
    }),
  }),
  raw: kind({
    needs: { body: text },
    takes: { contentType: headerValue },
    argument: { key: "body", usage: ":body", help: "200 with that body" },
    play({ body, contentType = "application/json" }, { right }) {
      const { status, headers } = right();
      return { status, headers: { ...headers, "content-type": contentType }, body };
    },
  }),
  hang: kind({ play: (_, { holdBack }) => void holdBack() }),
  "slow-body": kind({
    takes: { intervalMs: wholeFrom(1, day) },
    argument: { key: "intervalMs", usage: "[:ms]", help: "one byte every ms (100), without an end" },
    play({ intervalMs = 100 }, { outgoing, right, holdBack }) {
      holdBack();
      return void sendPieces(outgoing, right(), (body) => slowly(body, intervalMs));
    },
  }),
  /** Before any answer. */
  cut: kind({ play: (_, { outgoing }) => void outgoing.socket?.destroy() }),
  "cut-body": kind({ play: (_, { outgoing, right }) => void sendHalf(outgoing, right()) }),
  "endless-body": kind({
    play: (_, { outgoing, right }) =>
      void sendPieces(outgoing, right(), (body) => padded(body, Number.POSITIVE_INFINITY)),
  }),
  "huge-body": kind({
    needs: { bytes: wholeFrom(1, 2 ** 40) },
    argument: { key: "bytes", usage: ":bytes", help: "the right answer, padded" },
    play: ({ bytes }, { outgoing, right }) => void sendPieces(outgoing, right(), (body) => padded(body, bytes)),
  }),
  latency: kind({
    needs: { ms: wholeFrom(0, day) },
    argument: { key: "ms", usage: ":ms", help: "the right answer, later" },
    play: ({ ms }, { right }) => later(ms).then(right),
  }),
};

/** When a fault strikes, among the requests that it could strike. */
interface Recurrence {
  /** After this many strikes the fault is gone. Default: it stays. */
  readonly times?: number;
  /** Strikes each nth request only. Default 1. */
  readonly every?: number;
}

type FaultKind = keyof typeof kinds;

/**
 * What the simulator does wrong on purpose: of a task after the login and the project were found right; of IAM and the
 * metadata service before anything is checked, where the right answer's status and headers stay.
 */
export type Fault = {
  [K in FaultKind]: { readonly kind: K } & Parameters<(typeof kinds)[K]["play"]>[0] & Recurrence;
}[FaultKind];

/** The kinds for whoever treats all of them alike. */
export const faultKinds = kinds as unknown as Readonly<
  Record<FaultKind, Omit<Kind<Fields, Fields>, "play"> & { play(fault: Fault, spoiled: Spoiled): Played }>
>;

function withBody(answer: Answer, change: (body: string) => string): Answer {
  return { ...answer, body: change(answer.body) };
}

const page = (title: string) =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;

const textOf = (body: object | undefined) => (body === undefined ? "" : JSON.stringify(body));

function withId(body: string, id: string): string {
  const key = outerKey(body);
  if (key === "") return body;
  const { [key]: inner, ...others } = JSON.parse(body) as Record<string, object | readonly object[]>;
  const changed = Array.isArray(inner) ? inner.map((one) => ({ ...one, id })) : { ...inner, id };
  return JSON.stringify({ [key]: changed, ...others });
}

/** `operation_log`, `token`, `projects`, `credential`: what the answer is about; `""` for a plain text. */
const outerKey = (body: string) => /^\{"(\w+)"/.exec(body)?.[1] ?? "";

/** A number is written as seconds, or as the HTTP date that many seconds from now. */
function retryAfterHeader(
  { retryAfter: after, retryAfterAs }: Partial<Values<typeof retryAfter>>,
  nowMs: number,
): Record<string, string> {
  if (after === undefined) return {};
  const asDate = typeof after === "number" && retryAfterAs === "date";
  return { "retry-after": asDate ? new Date(nowMs + after * 1000).toUTCString() : String(after) };
}
