/**
 * Whether a host of a URL is this machine itself.
 * The URL class has made one spelling of all: `127.1` is `127.0.0.1` by now.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** The same of a whole URL; what is no URL is not loopback. */
export function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && isLoopback(new URL(text).hostname);
}
