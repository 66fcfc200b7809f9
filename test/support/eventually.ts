import { vi } from "vitest";

/** Waits until a check passes, for as long as a busy machine may need. @param interval milliseconds between two looks */
export function eventually<T>(check: () => T | Promise<T>, interval = 5): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval });
}
