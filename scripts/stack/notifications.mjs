import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** Listens in the place of whoever Alertmanager notifies. @param tell gets a line for each alert */
export async function listenForNotifications({ host, port }, tell) {
  const server = createServer(async (request, response) => {
    try {
      for (const line of linesOf(await json(request))) tell(line);
      response.end();
    } catch (error) {
      response.writeHead(400).end(`not a notification: ${error.message}\n`);
    }
  }).listen(port, host);
  await once(server, "listening");
  return server;
}

function linesOf({ receiver, alerts }) {
  // It comes for ever, and asks nothing of anybody.
  if (receiver === "heartbeat") return [];
  return alerts.map(({ status, labels, annotations }) => {
    const text = annotations.summary ?? labels.alertname;
    // What a resource is called is anybody's choice; it does not steer the terminal.
    return `${receiver}: ${status.toUpperCase()} ${text}`.replace(/\p{Cc}/gu, "?");
  });
}
