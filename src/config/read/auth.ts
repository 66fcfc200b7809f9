import { defined } from "../../base/json.ts";
import { isOneLine, oneLinePattern } from "../../base/patterns.ts";
import type { Secret } from "../../base/secret.ts";
import type { Tree } from "../yaml/tree.ts";
import { textField } from "./fields.ts";
import { type Keys, type Kind, mapOf, orDefault, required } from "./kind.ts";
import { tell, tellExclusive, type Wrong, wrong } from "./place.ts";
import {
  checkEither,
  eitherSchema,
  eitherSecret,
  headerText,
  lineText,
  type SecretSource,
  secretField,
  secretFileField,
} from "./secrets.ts";
import { plainUrlField } from "./urls.ts";

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

const isQuotable = (key: string): boolean => authWords.has(key);

function nameAtIam(what: string, about: string): Kind<string, never> {
  return required(textField({ what: `${what}, on one line`, about, pattern: oneLinePattern }, isOneLine));
}

function fromToken(token: Secret): AuthConfig {
  return { method: "token", token };
}

const password = mapOf(
  {
    what: "a map with domain_name, user_name and password or password_file",
    about: "A login at IAM as a user.",
    keys: {
      domain_name: nameAtIam("the name of the account that the user belongs to", "The account's name at IAM."),
      user_name: nameAtIam("the name of an IAM user", "The user's name."),
      ...eitherSecret("password", "a password", lineText, "The user's password."),
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
      ...eitherSecret("access_key", "an access key", headerText, "The access key's id (AK)."),
      ...eitherSecret("secret_key", "a secret key", headerText, "The secret key (SK)."),
      ...eitherSecret("security_token", "a security token", headerText, "What comes with temporary keys alone."),
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
    return defined({ method: "ak_sk" as const, accessKey, secretKey, securityToken });
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
  token: secretField("a token", headerText, "A token of IAM; it ends after a day at most.", fromToken),
  token_file: secretFileField("a token", headerText, (path): AuthConfig => ({ method: "token_file", path })),
  password,
  ak_sk: akSk,
  ecs_agency: ecsAgency,
};

/** As messages name them. */
export const methodNames = Object.keys(methods).join(", ");

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

/** Those of them that hold a secret themselves. */
export const secretKeys: ReadonlySet<string> = new Set(wordsOf(methods, ({ isSecret }) => isSecret === true));

function wordsOf(keys: Keys, isWanted: (kind: Keys[string]) => boolean = () => true): readonly string[] {
  return Object.entries(keys).flatMap(([name, kind]) => [
    ...(isWanted(kind) ? [name] : []),
    ...wordsOf(kind.keys ?? {}, isWanted),
  ]);
}

/** The ways to log in that an `auth` names, whether or not they are right. */
export function methodsIn(tree: Tree | undefined): readonly string[] {
  return tree?.kind === "map" ? Object.keys(methods).filter((name) => tree.entries.has(name)) : [];
}
