import { resolve } from "node:path";
import { isId, isOneLine, isToken, maxSecretBytes, oneLinePattern, tokenPattern } from "../../base/patterns.ts";
import { readTextFile } from "../../base/read-text-file.ts";
import { createSecret, type Secret } from "../../base/secret.ts";
import type { Environment } from "../expand-variables.ts";
import type { Tree } from "../yaml/tree.ts";
import { field, textField, textSchema } from "./fields.ts";
import { type JsonSchema, type Keys, type Kind, mapOf, orDefault, required } from "./kind.ts";
import { below, checkFile, type MapPlace, mayHave, notice, tell, tellExclusive, type Wrong, wrong } from "./place.ts";
import { plainUrlField } from "./urls.ts";

/** A secret that stands in the configuration, or in a file that is read afresh for each use or renewal. */
export type SecretSource = { readonly value: Secret } | { readonly file: string };

/** How to log in; one member for each key under `auth`, the key's name as `method`. */
export type AuthConfig =
  | { readonly method: "token"; readonly token: Secret }
  | { readonly method: "token_file"; readonly path: string }
  | {
      readonly method: "password";
      readonly domainName: string;
      readonly userName: string;
      readonly password: SecretSource;
    }
  | {
      readonly method: "ak_sk";
      readonly accessKey: SecretSource;
      readonly secretKey: SecretSource;
      /** With temporary keys. */
      readonly securityToken?: SecretSource;
    }
  | {
      readonly method: "ecs_agency";
      /** Base URL of the metadata service without a trailing slash. */
      readonly endpoint: string;
    };

/** What may stand in a secret, in the configuration or in a file. */
interface SecretText {
  readonly pattern: RegExp;
  readonly passes: (text: string) => boolean;
  /** Completes "a password …". */
  readonly here: string;
  /** Completes "the file must hold …". */
  readonly inFile: string;
}

const token: SecretText = {
  pattern: tokenPattern,
  passes: isToken,
  here: "of printable ASCII characters without spaces or newlines",
  inFile: "one line of printable ASCII characters without spaces",
};
const line: SecretText = {
  pattern: oneLinePattern,
  passes: isOneLine,
  here: "of one line without control characters",
  inFile: "one line without control characters or a byte order mark",
};

/** @param what with its article */
function secretField<T>(what: string, text: SecretText, about: string, make: (secret: Secret) => T): Kind<T> {
  const spec = { what: `${what} ${text.here}`, about, schema: textSchema(text.pattern) };
  return field(spec, (value) => (text.passes(value) ? make(createSecret(value)) : undefined));
}

function secretFileField<T>(what: string, text: SecretText, about: string, make: (path: string) => T): Kind<T> {
  const spec = { what: `the path of a file that holds ${what}`, about, schema: textSchema(/./) };
  return field(spec, (given, place) => {
    if (given === "") return undefined;
    const path = resolve(place.reading.folder, given);
    checkFile(place, () => secretFileFault(path, what, text));
    return make(path);
  });
}

async function secretFileFault(path: string, what: string, text: SecretText): Promise<string | undefined> {
  const file = await readTextFile(path, maxSecretBytes);
  if (!file.ok) return `the file cannot be read: ${file.reason}`;
  const secret = file.text.replace(/\r?\n$/, "");
  if (secret === "") return `the file is empty; it must hold ${what}`;
  return text.passes(secret) ? undefined : `the file must hold ${text.inFile}: ${what.replace(/^an? /, "the ")} alone`;
}

/** A secret may stand under a key, or in the file that the key with `_file` names. */
function eitherSecret<N extends string>(key: N, what: string, text: SecretText, about: string) {
  const fields: Record<string, Kind<SecretSource>> = {
    [key]: secretField(what, text, about, (value) => ({ value })),
    [`${key}_file`]: secretFileField(what, text, "The same, in a file that is read again when it changes.", (file) => ({
      file,
    })),
  };
  return fields as Readonly<Record<N | `${N}_file`, Kind<SecretSource>>>;
}

/** Tells when a secret stands there neither itself nor as a file, or twice. */
function checkEither(login: MapPlace, key: string, { optional = false } = {}): void {
  const either = [key, `${key}_file`];
  if (!optional && !either.some((name) => mayHave(login, name))) tell(login, `must have one of ${either.join(", ")}`);
  tellExclusive(login, either);
}

/** What an editor may know of the same. */
function eitherSchema(key: string): JsonSchema {
  return { oneOf: [{ required: [key] }, { required: [`${key}_file`] }] };
}

const isQuotable = (key: string): boolean => authWords.has(key);

const password = mapOf(
  {
    what: "a map with domain_name, user_name and password or password_file",
    about: "A login at IAM as a user.",
    keys: {
      domain_name: required(
        textField(
          {
            what: "the name of the account that the user belongs to, on one line",
            about: "The account's name at IAM.",
            pattern: oneLinePattern,
          },
          isOneLine,
        ),
      ),
      user_name: required(
        textField(
          { what: "the name of an IAM user, on one line", about: "The user's name.", pattern: oneLinePattern },
          isOneLine,
        ),
      ),
      ...eitherSecret("password", "a password", line, "The user's password."),
    },
    rules: eitherSchema("password"),
    isQuotable,
  },
  (login, values): AuthConfig | Wrong => {
    checkEither(login, "password");
    const secret = values?.password ?? values?.password_file;
    if (!values || !secret) return wrong;
    return { method: "password", domainName: values.domain_name, userName: values.user_name, password: secret };
  },
);

const akSk = mapOf(
  {
    what: "a map with access_key and secret_key, or each as a _file",
    about: "An access key, which signs each request.",
    keys: {
      ...eitherSecret("access_key", "an access key", token, "The access key's id (AK)."),
      ...eitherSecret("secret_key", "a secret key", token, "The secret key (SK)."),
      ...eitherSecret(
        "security_token",
        "a security token",
        token,
        "What comes with temporary keys, and only with them.",
      ),
    },
    rules: {
      allOf: [
        eitherSchema("access_key"),
        eitherSchema("secret_key"),
        { not: { required: ["security_token", "security_token_file"] } },
      ],
    },
    isQuotable,
  },
  (login, values): AuthConfig | Wrong => {
    checkEither(login, "access_key");
    checkEither(login, "secret_key");
    checkEither(login, "security_token", { optional: true });
    const accessKey = values?.access_key ?? values?.access_key_file;
    const secretKey = values?.secret_key ?? values?.secret_key_file;
    const securityToken = values?.security_token ?? values?.security_token_file;
    if (!accessKey || !secretKey) return wrong;
    return { method: "ak_sk", accessKey, secretKey, ...(securityToken && { securityToken }) };
  },
);

const ecsAgency = mapOf(
  {
    what: "a map: {} or with endpoint",
    about: "Temporary keys of the agency of the server on which this runs.",
    keys: {
      endpoint: orDefault(
        "http://169.254.169.254",
        plainUrlField("The base URL of the metadata service.", "http://169.254.169.254"),
      ),
    },
    isQuotable,
  },
  (_, values): AuthConfig | Wrong => (values ? { method: "ecs_agency", endpoint: values.endpoint } : wrong),
);

/** The ways to log in, each of which makes a login by itself. */
const methods = {
  token: secretField("a token", token, "A token of IAM; it ends after a day at most.", (secret): AuthConfig => {
    return { method: "token", token: secret };
  }),
  token_file: secretFileField(
    "a token",
    token,
    "The same, in a file that is read again for each use.",
    (path): AuthConfig => {
      return { method: "token_file", path };
    },
  ),
  password,
  ak_sk: akSk,
  ecs_agency: ecsAgency,
};

const methodNames = Object.keys(methods).join(", ");

export const auth = mapOf(
  {
    what: `a map with one of ${methodNames}`,
    about: "How to log in, by exactly one of these keys.",
    keys: methods,
    rules: { minProperties: 1, maxProperties: 1 },
    isQuotable,
  },
  (map, values): AuthConfig | Wrong => {
    // An unknown key was meant to be one of them.
    if (map.tree.entries.size === 0 && !map.tree.incomplete) tell(map, `must have one of ${methodNames}`);
    tellExclusive(map, Object.keys(methods));
    const logins = Object.values(values ?? {});
    return logins.find((login) => login !== undefined) ?? wrong;
  },
);

/** All keys at and below `auth`. */
export const authWords: ReadonlySet<string> = new Set(wordsOf(methods));

function wordsOf(keys: Keys): readonly string[] {
  return Object.entries(keys).flatMap(([name, { keys: inner = {} }]) => [name, ...wordsOf(inner)]);
}

/** The ways to log in that an `auth` names, whether or not they are right. */
export function methodsIn(tree: Tree | undefined): readonly string[] {
  return tree?.kind === "map" ? Object.keys(methods).filter((name) => tree.entries.has(name)) : [];
}

/** The variables that users of the vendor's SDK already have; they count where a project has no `auth`. */
const sdkVariables = {
  accessKey: "HUAWEICLOUD_SDK_AK",
  secretKey: "HUAWEICLOUD_SDK_SK",
  securityToken: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
} as const;

type SdkKey = keyof typeof sdkVariables;

/** What a variable holds; an empty one is as good as unset. */
function sdkValue(env: Environment, key: SdkKey): string | undefined {
  return env[sdkVariables[key]] || undefined;
}

/** The id of a project without `auth`, as far as the environment has it, be it right or wrong. */
export function environmentProjectId(env: Environment): string | undefined {
  return sdkValue(env, "projectId");
}

export function hasEnvironmentLogin(env: Environment): boolean {
  return sdkValue(env, "accessKey") !== undefined && sdkValue(env, "secretKey") !== undefined;
}

/** Tells when the environment does not have the id of a project that is logged in by the environment. */
export function checkEnvironmentProjectId(project: MapPlace): void {
  const id = environmentProjectId(project.reading.env);
  const name = sdkVariables.projectId;
  if (id === undefined)
    tell(below(project, "id"), `is missing; write the project's id, or set ${name} in the environment`);
  else if (!isId(id))
    tell(below(project, "id"), `${name} in the environment must hold 1 to 64 letters, digits, _ or -`);
}

/** The login of a project without `auth`, from the variables of the vendor's SDK. */
export function environmentLogin(project: MapPlace): AuthConfig | Wrong {
  const { env } = project.reading;
  const place = below(project, "auth");
  const [accessKey, secretKey] = [sdkValue(env, "accessKey"), sdkValue(env, "secretKey")];
  const securityToken = sdkValue(env, "securityToken");
  if (accessKey !== undefined && secretKey !== undefined) {
    for (const key of ["accessKey", "secretKey", "securityToken"] as const) {
      if (isToken(sdkValue(env, key) ?? "unset")) continue;
      tell(place, `${sdkVariables[key]} in the environment must hold ${token.here.replace(/^of /, "")}`);
    }
    noticeEnvironment(project);
    return {
      method: "ak_sk",
      accessKey: { value: createSecret(accessKey) },
      secretKey: { value: createSecret(secretKey) },
      ...(securityToken !== undefined && { securityToken: { value: createSecret(securityToken) } }),
    };
  }
  const { accessKey: ak, secretKey: sk } = sdkVariables;
  if (accessKey === undefined && secretKey === undefined) {
    return tell(place, `is missing; write auth with one of ${methodNames}, or set ${ak} and ${sk} in the environment`);
  }
  const [set, unset] = accessKey === undefined ? [sk, ak] : [ak, sk];
  return tell(
    place,
    `is missing, and the environment has ${set} but not ${unset}; set it too, or write auth with one of ${methodNames}`,
  );
}

function noticeEnvironment(project: MapPlace): void {
  const keys = Object.keys(sdkVariables) as SdkKey[];
  const names = keys
    .filter((key) => sdkValue(project.reading.env, key) !== undefined)
    .filter((key) => key !== "projectId" || !project.tree.entries.has("id"))
    .map((key) => sdkVariables[key]);
  const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  notice(project, `no auth is given; the environment's ${list} are used`);
}
