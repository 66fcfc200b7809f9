import type { Micros } from "../../base/micros.ts";

/** A span for people, its two largest units: `0 s`, `3 min 47 s`, `2 h 5 min`, `3 d 1 h`; a negative one is `0 s`. */
export function formatSpan(span: Micros): string {
  const seconds = Math.max(0, Math.floor(span / 1e6));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
