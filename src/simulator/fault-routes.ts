import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FaultBook } from "./fault-book.ts";
import { parseFault } from "./parse-fault.ts";

const limit = bodyLimit({ maxSize: 1024 * 1024, onError: (c) => c.text("a fault must be under 1 MiB\n", 400) });

/** `GET /`, `PUT /{id or *}` and `DELETE /{id or *}`: the faults in force, by hand while the simulator runs. */
export function faultRoutes(faults: FaultBook): Hono {
  const app = new Hono();
  app.get("/", (c) => c.json(faults.all()));
  app.put("/:target", limit, async (c) => {
    const fault = parseFault(await c.req.json().catch(() => undefined));
    if (typeof fault === "string") return c.text(`${fault}\n`, 400);
    if (!faults.set(c.req.param("target"), fault)) return c.text("too many faults\n", 400);
    return c.body(null, 204);
  });
  app.delete("/:target", (c) => {
    faults.set(c.req.param("target"), undefined);
    return c.body(null, 204);
  });
  return app;
}
