import { createHash, createHmac } from "node:crypto";

export interface SignedOptions {
  readonly access?: string;
  readonly secret?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Sent and signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent alone. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly body?: string;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The headers of a signed GET, for paths and queries that need no encoding or sorting. */
export function signed(url: string, options: SignedOptions): Record<string, string> {
  const { access = "DEMOACCESSKEY", secret = "demo-secret-key", at, headers = {}, unsigned = {}, body = "" } = options;
  const { pathname, search } = new URL(url);
  const date = `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const all = Object.entries({ "x-sdk-date": date, ...headers }).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = all.map(([name, value]) => `${name}:${value}\n`).join("");
  const names = all.map(([name]) => name).join(";");
  const canonical = ["GET", `${pathname}/`, search.slice(1), lines, names, sha256(body)].join("\n");
  const signature = createHmac("sha256", secret)
    .update(`SDK-HMAC-SHA256\n${date}\n${sha256(canonical)}`)
    .digest("hex");
  const authorization = `SDK-HMAC-SHA256 Access=${access}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...Object.fromEntries(all), authorization, ...unsigned };
}
