// Prints what Alertmanager would tell people: the hosts of deploy/alertmanager/alertmanager.yaml, all in one.
import { listenForNotifications } from "./notifications.mjs";

await listenForNotifications({ host: "0.0.0.0", port: 8080 }, (line) => console.log(line));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
console.log("Waiting for notifications");
