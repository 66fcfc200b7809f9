/**
 * What is wrong with the URL of a proxy, quoting nothing; undefined when nothing is.
 * The user's name and password may stand in it.
 */
export function proxyUrlFault(text: string): string | undefined {
  // The URL class drops tabs and newlines and takes a missing // for granted.
  if (/[\s\p{Cc}\\]/u.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return `must be an http:// or https:// URL, such as http://proxy.example.com:3128; ${encodingAdvice}`;
  }
  const { username, password, pathname } = new URL(text);
  if (/[?#]/.test(text) || pathname !== "/") {
    return `must end after the host and port, without a path, query or fragment; ${encodingAdvice}`;
  }
  // undici decodes both, and throws where that fails.
  return isDecodable(username + password) ? undefined : "holds a % that encodes nothing; write %25 for a %";
}

const encodingAdvice = "in its user name and password other characters than letters and digits want %-encoding";

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
