export interface RegionEndpoints {
  /** Base URL of CBR. */
  readonly endpoint: string;
  /** Base URL of IAM. */
  readonly iamEndpoint: string;
}

/** Where the vendor's SDK knows CBR (huaweicloudsdkcbr 3.1.219, `CbrRegion`). */
const huaweiCloud: ReadonlySet<string> = new Set([
  // Stryker disable StringLiteral,ArrayDeclaration: a test could only repeat the vendor's list
  ...["ae-ad-1", "af-north-1", "af-south-1"],
  ...["ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"],
  ...["cn-east-2", "cn-east-3", "cn-east-4", "cn-east-5"],
  ...["cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-11", "cn-north-12"],
  ...["cn-south-1", "cn-south-2", "cn-south-4", "cn-southwest-2", "cn-southwest-3"],
  ...["eu-west-0", "eu-west-101"],
  ...["la-north-2", "la-south-2", "me-east-1", "my-kualalumpur-1", "na-mexico-1"],
  ...["ru-moscow-1", "ru-northwest-2", "sa-brazil-1", "tr-west-1"],
  // Stryker restore StringLiteral,ArrayDeclaration
]);

/** Open Telekom Cloud. Source: its page Regions and Endpoints, and Open Telekom Cloud Swisscom's. */
const openTelekomCloud: Readonly<Record<string, RegionEndpoints>> = {
  "eu-de": endpoints("cbr.eu-de.otc.t-systems.com", "iam.eu-de.otc.t-systems.com"),
  "eu-nl": endpoints("cbr.eu-nl.otc.t-systems.com", "iam.eu-nl.otc.t-systems.com"),
  "eu-ch2": endpoints("cbr.eu-ch2.sc.otc.t-systems.com", "iam-pub.eu-ch2.sc.otc.t-systems.com"),
};

/** Whether the endpoints of a region are known, rather than made by the rule that most follow. */
export function isKnownRegion(region: string): boolean {
  return huaweiCloud.has(region) || Object.hasOwn(openTelekomCloud, region);
}

/**
 * The base URLs of a region. Huawei Cloud Europe (eu-west-1xx) has a domain of its own.
 * Source: Huawei Cloud, Regions and Endpoints.
 */
export function regionEndpoints(region: string): RegionEndpoints {
  const own = Object.hasOwn(openTelekomCloud, region) ? openTelekomCloud[region] : undefined;
  const domain = /^eu-west-1\d\d$/.test(region) ? "myhuaweicloud.eu" : "myhuaweicloud.com";
  return own ?? endpoints(`cbr.${region}.${domain}`, `iam.${region}.${domain}`);
}

function endpoints(cbr: string, iam: string): RegionEndpoints {
  return { endpoint: `https://${cbr}`, iamEndpoint: `https://${iam}` };
}
