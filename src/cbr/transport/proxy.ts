import { BlockList, isIP } from "node:net";
import type { Environment } from "../../config/expand-variables.ts";
import { noProxyOf, proxyVariable } from "../../config/proxy-url.ts";

/** The proxy that the environment names for a URL; undefined where it is asked directly. */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const variable = proxyVariable(url.protocol === "https:" ? "https" : "http", env);
  return variable && !isExempt(url, noProxyOf(env)) ? new URL(variable.url) : undefined;
}

/**
 * Whether `NO_PROXY` names the host of a URL. curl and Go read it a little differently; what either exempts is exempt,
 * but for Go's own rule that a loopback host never has a proxy: what is not named is not exempt.
 */
export function isExempt({ protocol, port, hostname }: URL, noProxy: string): boolean {
  const host = bare(hostname);
  const ownPort = port || (protocol === "https:" ? "443" : "80");
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const { name, port: onlyPort } = splitPort(entry.toLowerCase());
    if (onlyPort !== undefined && onlyPort !== ownPort) return false;
    return isIP(host) === 0 ? isWithinDomain(host, name) : isWithinBlock(host, bare(name));
  });
}

/** A name without what does not tell one host from another: the brackets of IPv6, the dot of a whole name. */
function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** A colon parts off a port but within IPv6, which has more than one of them. */
function splitPort(entry: string): { readonly name: string; readonly port?: string } {
  const [, name, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  return name === undefined || port === undefined ? { name: entry } : { name, port };
}

/** `example.com` and `.example.com` are that host and all below it; `*.example.com` is what is below it alone. */
function isWithinDomain(host: string, entry: string): boolean {
  const domain = bare(entry.replace(/^\*?\./, ""));
  if (domain === "") return false;
  return host.endsWith(`.${domain}`) || (host === domain && !entry.startsWith("*"));
}

/** @param entry an address, or a block such as `10.0.0.0/8`; what is neither contains nothing */
function isWithinBlock(address: string, entry: string): boolean {
  const [start = "", bits, ...rest] = entry.split("/");
  const family = isIP(start) === 4 ? "ipv4" : "ipv6";
  const longest = family === "ipv4" ? 32 : 128;
  if (isIP(start) === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  const prefix = bits === undefined ? longest : Number(bits);
  if (prefix > longest) return false;
  const block = new BlockList();
  block.addSubnet(start, prefix, family);
  return block.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
