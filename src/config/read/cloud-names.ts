import { textField } from "./fields.ts";
import { listOf } from "./kind.ts";

/** A list of what the cloud calls something, by id or by name. */
export function namesOf(what: string, about: string) {
  return listOf(
    { what: `a list of ids or names of ${what}s`, about },
    textField({
      what: `the id or the name of a ${what}`,
      about: `The id or the name of a ${what}.`,
      pattern: /^[^\p{Cc}]{1,256}$/u,
    }),
  );
}

export function enterpriseProjectField(about: string) {
  return textField({
    what: "the id of an enterprise project, or all_granted_eps",
    about,
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
  });
}
