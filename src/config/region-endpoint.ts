/**
 * The base URL of CBR in a region.
 * Huawei Cloud Europe (eu-west-1xx) and Open Telekom Cloud (eu-de, eu-nl) have domains of their own.
 * Source: Huawei Cloud, Regions and Endpoints; Open Telekom Cloud, Endpoints.
 */
export function regionEndpoint(region: string): string {
  return `https://cbr.${region}.${domain(region)}`;
}

function domain(region: string): string {
  if (/^eu-west-1\d\d$/.test(region)) return "myhuaweicloud.eu";
  return region === "eu-de" || region === "eu-nl" ? "otc.t-systems.com" : "myhuaweicloud.com";
}
