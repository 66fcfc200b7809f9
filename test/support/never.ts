import { setMaxListeners } from "node:events";

/** A signal that never aborts, for as many who listen as one likes. */
export const never = new AbortController().signal;
setMaxListeners(0, never);
