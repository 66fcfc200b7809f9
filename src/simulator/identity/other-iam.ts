import type { TokenState } from "./token-book.ts";

/** What another IAM says of a token. */
interface ValidatedToken {
  readonly user: { readonly name: string; readonly domain: { readonly name: string } };
  readonly project?: { readonly id: string };
  readonly issued_at: string;
  readonly expires_at: string;
}

/** Asks the IAM at `url`, such as a real Keystone, for each request anew, since it may revoke a token at any time. */
export function otherIam(url: string): (text: string) => Promise<TokenState> {
  return async (text) => {
    const headers = { "x-auth-token": text, "x-subject-token": text };
    const response = await fetch(`${url}/v3/auth/tokens?nocatalog=true`, { headers });
    if (response.status !== 200) return { is: "unknown" };
    const { token } = (await response.json()) as { readonly token: ValidatedToken };
    const { user, project, issued_at: issued, expires_at: expires } = token;
    return {
      is: "valid",
      token: {
        text,
        user: user.name,
        domain: user.domain.name,
        ...(project && { projectId: project.id }),
        issuedMs: Date.parse(issued),
        expiresMs: Date.parse(expires),
      },
    };
  };
}
