import { once } from "node:events";
import { createServer } from "node:net";

/** @returns the port, or a free one for 0. @throws {Error} when somebody has it */
export async function reservePort(wanted) {
  const server = createServer().listen(wanted, "127.0.0.1");
  await once(server, "listening").catch((error) => {
    throw new Error(error.code === "EADDRINUSE" ? `port ${wanted} is taken` : error.message);
  });
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
