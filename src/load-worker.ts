import { parentPort } from "node:worker_threads";
import { contentOf } from "./auto-reload.ts";
import { type LoadConfigOptions, loadConfig } from "./config/load-config.ts";
import { type ShownResult, toShown } from "./config/shown-config.ts";

/** What is loaded; one at a time. */
export type LoadRequest = Omit<LoadConfigOptions, "onRead">;

/** First what the configuration holds, see {@link contentOf}; then what came of it. */
export type LoadAnswer = { readonly read: string } | { readonly result: ShownResult };

const answer = (message: LoadAnswer): void => parentPort?.postMessage(message);

parentPort?.on("message", async (request: LoadRequest) => {
  const loaded = await loadConfig({ ...request, onRead: (content) => answer({ read: contentOf(content) }) });
  answer({ result: toShown(loaded) });
});
