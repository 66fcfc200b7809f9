/** In a process that `startChild` started: answers its calls; ends with the process that started it. */
export function answerCalls(methods) {
  process.on("message", async ({ id, method, args }) => {
    try {
      process.send({ id, result: (await methods[method](...args)) ?? null });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
  process.on("disconnect", () => process.exit());
}
