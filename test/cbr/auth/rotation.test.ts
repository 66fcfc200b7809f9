import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProjectApi } from "../../../src/cbr/project-api.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { type Cloud, openCloud } from "../../support/cloud.ts";
import { keyAuth, passwordAuth } from "../../support/logins.ts";
import { never } from "../../support/never.ts";

/** Four that poll without a pause. `some` waits until there have been `count` more answers; `end` tells what failed. */
function polling(api: ProjectApi) {
  const failures: unknown[] = [];
  let answers = 0;
  let going = true;
  const work = async (): Promise<void> => {
    while (going) {
      await api.showOperationLog("a", never).then(
        () => {
          answers += 1;
        },
        (error: unknown) => failures.push(error),
      );
    }
  };
  const workers = Array.from({ length: 4 }, work);
  return {
    async some(count = 20) {
      const enough = answers + count;
      await expect.poll(() => answers >= enough || failures.length > 0, { interval: 5 }).toBe(true);
    },
    async end() {
      going = false;
      await Promise.all(workers);
      return failures;
    },
  };
}

/** Polls on and on while what logs in is replaced three times. @param rotate is given the round, from 1 */
async function rotated({ api, observer }: Cloud, rotate: (round: number) => void, retire: (round: number) => void) {
  const polls = polling(api);
  for (let round = 1; round <= 3; round += 1) {
    await polls.some();
    rotate(round);
    await polls.some();
    retire(round);
    await polls.some();
  }
  expect(await polls.end()).toEqual([]);
  return observer.codes["401"] ?? 0;
}

const quick = { rateLimit: Number.POSITIVE_INFINITY };

test("token_file: no poll fails, and the old token is used no more", async () => {
  const path = join(await tempFolder({ token: "demo-token\n" }), "token");
  const cloud = await openCloud({ ...quick, auth: { method: "token_file", path } });
  let [old, next] = ["", "demo-token"];
  const refused = await rotated(
    cloud,
    () => {
      [old, next] = [next, cloud.simulator.issueToken()];
      writeFileSync(path, `${next}\n`);
    },
    () => cloud.simulator.revokeTokens(old),
  );
  expect(refused).toBe(0);
});

test("password_file: no poll fails when the password changes and all tokens end with it", async () => {
  const file = join(await tempFolder({ password: "demo-password" }), "password");
  const cloud = await openCloud((url) => ({ ...quick, iamEndpoint: url, auth: passwordAuth({ file }) }));
  const refused = await rotated(
    cloud,
    (round) => {
      const password = `password ${round}`;
      cloud.simulator.setUser({ domain: "demo", name: "exporter", password });
      writeFileSync(file, `${password}\n`);
    },
    () => cloud.simulator.revokeTokens(),
  );
  // Of each round those that were under way.
  expect(refused).toBeLessThanOrEqual(3 * 4);
  expect(cloud.simulator.requestsOf("KeystoneCreateToken")).toBe(4);
});

test("access_key_file, secret_key_file and security_token_file: no poll fails", async () => {
  const key = (round: number) => ({
    access: `ACCESS${round}`,
    secret: `secret-${round}`,
    securityToken: `security-token-${round}`,
  });
  const first = key(0);
  const folder = await tempFolder({ access: first.access, secret: first.secret, token: first.securityToken });
  const path = (name: string) => ({ file: join(folder, name) });
  const auth = keyAuth({ accessKey: path("access"), secretKey: path("secret"), securityToken: path("token") });
  const cloud = await openCloud({ ...quick, auth }, { keys: [first] });
  const refused = await rotated(
    cloud,
    (round) => {
      const { access, secret, securityToken } = key(round);
      cloud.simulator.setKey(key(round));
      writeFileSync(join(folder, "access"), access);
      writeFileSync(join(folder, "secret"), `${secret}\n`);
      writeFileSync(join(folder, "token"), `${securityToken}\r\n`);
    },
    (round) => cloud.simulator.removeKey(key(round - 1).access),
  );
  // Files that are read between their writes give a key that is none to those that are under way.
  expect(refused).toBeLessThanOrEqual(3 * 4);
});
