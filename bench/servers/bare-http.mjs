// Bare `node:http`, which serves the finished bytes of another server's answer.
// argv: where they are got from
import { createServer, get } from "node:http";
import { answerCalls } from "../answer-calls.mjs";

const [from] = process.argv.slice(2);

function bytesOf(encoding) {
  const headers = { accept: "text/plain", "accept-encoding": encoding };
  return new Promise((resolve, reject) => {
    get(from, { headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      response.on("error", reject);
    }).on("error", reject);
  });
}

const answers = { identity: await bytesOf("identity"), gzip: await bytesOf("gzip") };
const server = createServer((request, response) => {
  const encoding = request.headers["accept-encoding"];
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "content-encoding": encoding };
  response.writeHead(200, { ...headers, "content-length": answers[encoding].length });
  response.end(answers[encoding]);
});
server.keepAliveTimeout = 0;
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

answerCalls({
  url: () => `http://127.0.0.1:${server.address().port}/`,
  bytes: () => ({ identity: answers.identity.length, gzip: answers.gzip.length }),
});
