import { createHash } from "node:crypto";

/** A user of IAM, in the domain (account) that it belongs to. */
export interface SimUser {
  readonly domain: string;
  readonly name: string;
  readonly password: string;
}

/** A project of the simulated cloud; all projects have the same tasks. */
export interface SimProject {
  readonly id: string;
  /** A region's name, as in the cloud: `ap-southeast-1`. */
  readonly name: string;
  /** A token of this project alone that is always right, beside those that IAM gives. */
  readonly token?: string;
}

/** Who and what there is. */
export interface Directory {
  readonly projects: ReadonlyMap<string, SimProject>;
  /** Adds a user or changes its password. */
  setUser(user: SimUser): void;
  findUser(domain: string, name: string, password: string): SimUser | undefined;
}

export function directory(users: readonly SimUser[], projects: readonly SimProject[]): Directory {
  const known = new Map<string, SimUser>();
  const setUser = (user: SimUser) => void known.set(JSON.stringify([user.domain, user.name]), user);
  for (const user of users) setUser(user);
  return {
    projects: new Map(projects.map((project) => [project.id, project])),
    setUser,
    findUser(domain, name, password) {
      const user = known.get(JSON.stringify([domain, name]));
      return user?.password === password ? user : undefined;
    },
  };
}

/** @returns 32 hexadecimal digits, as IAM's ids are: the same text, the same id */
export function iamId(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
