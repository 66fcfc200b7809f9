// The simulator, with the tasks of the bench.
// argv: tasks, live tasks
import { startSimulator } from "../../dist/simulator/simulator.js";
import { answerCalls } from "../answer-calls.mjs";
import { benchTasks, projectId } from "../tasks.mjs";

const [tasks, live] = process.argv.slice(2).map(Number);
// With 16 requests under way, about 1000 answers a second, as many as an exporter may ask for.
const latencyMs = [5, 25];
const simulator = await startSimulator({ tasks: benchTasks({ tasks, live }), latencyMs, projectId });

answerCalls({ url: () => simulator.url, requests: () => simulator.requests() });
