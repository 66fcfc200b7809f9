import { Hono } from "hono";
import type { TokenBook } from "./identity/token-book.ts";

/** `DELETE /` revokes the token in `X-Subject-Token`, as IAM's own route would, or without that header all of them. */
export function tokenRoutes(tokens: TokenBook): Hono {
  const app = new Hono();
  app.delete("/", (c) => {
    tokens.revoke(c.req.header("x-subject-token"));
    return c.body(null, 204);
  });
  return app;
}
