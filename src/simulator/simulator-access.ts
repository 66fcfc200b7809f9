import type { Access } from "./gateway.ts";
import { directory } from "./identity/directory.ts";
import { otherIam } from "./identity/other-iam.ts";
import { tokenBook } from "./identity/token-book.ts";
import { keyRing } from "./signature/key-ring.ts";
import {
  defaultKeys,
  defaultProjectName,
  defaultToken,
  defaultTokenBytes,
  defaultTokenSeconds,
  defaultUsers,
  type SimulatorOptions,
} from "./simulator-options.ts";
import { vendorProjectId } from "./vendor-example.ts";

const never = Date.UTC(2099, 11, 31, 23, 59, 59);

/** Users, projects, tokens and keys, as the options want them. */
export function simulatorAccess(options: SimulatorOptions, now: () => number): Access {
  const { users = defaultUsers, keys = defaultKeys, tokenExpiresAtMs = never } = options;
  const { projectId = vendorProjectId, projectName = defaultProjectName, token = defaultToken } = options;
  const { mayListProjects = false, tokenSeconds = defaultTokenSeconds, tokenBytes = defaultTokenBytes } = options;
  const projects = [{ id: projectId, name: projectName, token }, ...(options.projects ?? [])];
  const owner = users[0] ?? { domain: "demo", name: "nobody" };
  const tokens = tokenBook({ lifeSeconds: tokenSeconds, bytes: tokenBytes, now });
  for (const { id, token: text } of projects) {
    const expiresMs = id === projectId ? tokenExpiresAtMs : never;
    if (text !== undefined)
      tokens.add({ text, domain: owner.domain, user: owner.name, projectId: id, issuedMs: now(), expiresMs });
  }
  return {
    directory: directory(users, projects),
    tokens,
    keys: keyRing(keys, now),
    ...(options.otherIam !== undefined && { otherIam: otherIam(options.otherIam) }),
    mayListProjects,
    owner,
  };
}
