export interface RegionEndpoints {
  /** Base URL of CBR. */
  readonly endpoint: string;
  /** Base URL of IAM. */
  readonly iamEndpoint: string;
}

/**
 * The base URLs of a region.
 * Huawei Cloud Europe (eu-west-1xx) and Open Telekom Cloud (eu-de, eu-nl) have domains of their own.
 * Source: Huawei Cloud, Regions and Endpoints; Open Telekom Cloud, Endpoints.
 */
export function regionEndpoints(region: string): RegionEndpoints {
  const rest = `${region}.${domain(region)}`;
  return { endpoint: `https://cbr.${rest}`, iamEndpoint: `https://iam.${rest}` };
}

function domain(region: string): string {
  if (/^eu-west-1\d\d$/.test(region)) return "myhuaweicloud.eu";
  return region === "eu-de" || region === "eu-nl" ? "otc.t-systems.com" : "myhuaweicloud.com";
}
