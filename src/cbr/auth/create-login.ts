import type { AuthConfig } from "../../config/config.ts";
import type { Login } from "./login.ts";
import { tokenFileLogin, tokenLogin } from "./token-login.ts";

/** The login that the configuration asks for; one case for each key under `auth`. */
export function createLogin(auth: AuthConfig): Login {
  switch (auth.method) {
    case "token":
      return tokenLogin(auth);
    case "token_file":
      return tokenFileLogin(auth);
  }
}
