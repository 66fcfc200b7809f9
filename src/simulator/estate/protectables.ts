import type { List } from "../listing.ts";
import type { Protected } from "../tasks/fleet.ts";
import { seededUuid } from "../tasks/values.ts";
import type { Estate } from "./estate.ts";
import { vaultBodies } from "./vaults.ts";

const types = ["server", "disk", "turbo", "workspace", "workspace_v2"];

/** ListProtectable: resources of a type, in a vault or not. @returns undefined where there is no such type */
export function protectableList(estate: Estate, type: string): List<Protected> | undefined {
  if (!types.includes(type)) return undefined;
  const vaults = estate.vaults.filter((vault) => vault.objectType === type && vault.protectType === "backup");
  const inVaults = vaults.flatMap(({ members }) => members.filter(({ isGone }) => !isGone));
  const bodyOf = vaultBodies(estate);
  return {
    key: "instances",
    records: type === "server" ? [...inVaults, ...estate.outside, appliance] : inVaults,
    id: ({ resource }) => resource.id,
    body(of) {
      const vault = vaults.find(({ name }) => name === of.vaultName);
      return instanceBody(of, estate.projectId, vault ? bodyOf(vault) : null);
    },
    most: 50,
    fields: {
      id: ({ resource }) => resource.id,
      name: ({ resource }) => resource.name,
      status: () => "ACTIVE",
      server_id: () => null, // no server has these disks
    },
    takesMarker: true,
  };
}

/** Cannot be backed up. */
const appliance: Protected = {
  resource: { type: "OS::Nova::Server", id: seededUuid("appliance"), name: "appliance" },
  size: 80,
  vaultName: "",
};

const refusal = { code: "BackupService.7104", reason: "It has shared disks.", message: "It cannot be backed up." };

function instanceBody(of: Protected, tenant: string, vault: object | null) {
  const about = { id: of.resource.id, name: of.resource.name, status: "ACTIVE" };
  const words = of === appliance ? refusal : { code: "", reason: "", message: "" };
  return {
    ...about,
    type: of.resource.type,
    size: of.size,
    protectable: { result: of !== appliance, ...words, vault },
    detail: { ...about, tenant_id: tenant, "OS-EXT-AZ:availability_zone": "ap-southeast-1a", tags: ["team=erp"] },
    children: [],
  };
}
