// Polls as little as can be: undici's `Pool.request`, the body's text, `JSON.parse`.
// argv: the simulator's url, tasks
import { Pool } from "undici";
import { answerCalls } from "../answer-calls.mjs";
import { benchTasks, projectId } from "../tasks.mjs";

const [origin, tasks] = process.argv.slice(2);
const concurrency = 16;
const pool = new Pool(origin, { connections: concurrency });
const headers = { "x-auth-token": "demo-token", accept: "application/json" };
const paths = benchTasks({ tasks: Number(tasks), live: 0 }).map(({ id }) => `/v3/${projectId}/operation-logs/${id}`);
let asked = 0;

async function poll() {
  const path = paths[asked % paths.length];
  asked += 1;
  const { statusCode, body } = await pool.request({ method: "GET", path, headers });
  const { operation_log: log } = JSON.parse(await body.text());
  if (statusCode !== 200 || !path.endsWith(log.id)) throw new Error(`${path}: ${statusCode}`);
}

answerCalls({
  async poll(count) {
    let left = count;
    async function work() {
      while (left > 0) {
        left -= 1;
        await poll();
      }
    }
    await Promise.all(Array.from({ length: concurrency }, work));
  },
});
