import { child, textOf } from "../yaml/tree.ts";
import { textField } from "./fields.ts";
import type { Values } from "./kind.ts";
import { below, type MapPlace, mayHave, notice, tell } from "./place.ts";
import { isKnownRegion, regionEndpoints } from "./regions.ts";
import { isLoopbackUrl, urlField, withoutSlashes } from "./urls.ts";

/** Those keys of a project that say where CBR and IAM are. */
export const endpointKeys = {
  region: textField({
    what: "a region of lower-case letters, digits and -, such as ap-southeast-1",
    about: "Gives both endpoints, those of Huawei Cloud and Open Telekom Cloud; it or `endpoint` is needed.",
    pattern: /^[a-z0-9-]{1,64}$/,
  }),
  endpoint: urlField(
    "The base URL of CBR, instead of the region's; http:// only to a loopback host.",
    "https://cbr.ap-southeast-1.myhuaweicloud.com",
  ),
  iam_endpoint: urlField(
    "The base URL of IAM, instead of the region's; http:// only to a loopback host.",
    "https://iam.ap-southeast-1.myhuaweicloud.com",
  ),
};

/** Base URLs without a trailing slash. */
interface Endpoints {
  readonly endpoint: string;
  readonly iamEndpoint: string | undefined;
}

/** Those of the region, but for what is given. */
export function endpointsOf(map: MapPlace, values: Values<typeof endpointKeys>): Endpoints {
  const { region } = values;
  const made = region === undefined ? undefined : regionEndpoints(region);
  const endpoint = values.endpoint ?? made?.endpoint ?? "";
  // Who tests against a cloud of his own must not send his login to the real one.
  const isOwnCloud = values.endpoint !== undefined && isLoopbackUrl(values.endpoint);
  // The API's version, which other clients want at its end, is ours to add.
  const iamEndpoint = values.iam_endpoint?.replace(/\/v3$/, "") ?? (isOwnCloud ? undefined : made?.iamEndpoint);
  if (region !== undefined) noticeRegion(map, region, { endpoint, iamEndpoint });
  return { endpoint, iamEndpoint };
}

function noticeRegion(map: MapPlace, region: string, { endpoint, iamEndpoint }: Endpoints): void {
  if (isKnownRegion(region)) return;
  const made = regionEndpoints(region);
  const assumed = [
    ...(endpoint === made.endpoint ? [endpoint] : []),
    ...(iamEndpoint === made.iamEndpoint ? [iamEndpoint] : []),
  ];
  if (assumed.length === 0) return;
  const place = below(map, "region");
  // What came out of a variable is not quoted.
  const expanded = place.tree.kind === "text" && place.tree.expanded;
  const shown = assumed.map((url) => (expanded ? url.replace(`.${region}.`, ".<region>.") : url)).join(" and ");
  const verb = assumed.length === 1 ? "is" : "are";
  notice(
    place,
    `this version does not know the region; ${shown} ${verb} assumed, which endpoint and iam_endpoint override`,
  );
}

/** The base URL of a project's API; undefined while it is not known. */
export function baseUrl({ tree }: MapPlace): string | undefined {
  const endpoint = child(tree, "endpoint");
  const region = textOf(child(tree, "region"));
  const text = endpoint ? textOf(endpoint) : region && regionEndpoints(region).endpoint;
  return text !== undefined && URL.canParse(text) ? withoutSlashes(new URL(text)) : undefined;
}

/** A login by password needs IAM. */
export function checkIamEndpoint(map: MapPlace): void {
  if (mayHave(map, "iam_endpoint") || !mayHave(map, "endpoint")) return;
  const place = below(map, "iam_endpoint");
  if (!mayHave(map, "region")) tell(place, "is missing; a login by password needs it, or region, which gives it");
  else if (isLoopbackUrl(textOf(child(map.tree, "endpoint")) ?? "")) {
    tell(
      place,
      "is missing; a login by password needs it, and beside an endpoint on a loopback host region does not give it",
    );
  }
}
