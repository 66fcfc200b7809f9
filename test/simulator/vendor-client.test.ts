import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js";
import { HcClient } from "@huaweicloud/huaweicloud-sdk-core/HcClient.js";
import { DefaultHttpClient } from "@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js";
import { expect, test } from "vitest";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { start } from "./start.ts";

test("the vendor's own client signs its way to a task: it looks the project up, and sends the body {} with each GET", async () => {
  const { url, requestsOf } = await start({ mayListProjects: true });
  const credential = new BasicCredentials({ ak: "DEMOACCESSKEY", sk: "demo-secret-key" });
  credential.withIamEndpoint(url);
  const client = new HcClient(new DefaultHttpClient({ headers: {} }, [url]))
    .withEndpoints([url])
    .withRegion({ id: "ap-southeast-1", endpoints: [url] })
    .withCredential(credential);
  const answer = await client.sendRequest({
    method: "GET",
    url: `/v3/{project_id}/operation-logs/${vendorExample.id}`,
    contentType: "application/json",
    queryParams: {},
    pathParams: {},
    headers: {},
    data: {},
  });
  expect(answer).toMatchObject({ operation_log: { id: vendorExample.id, project_id: vendorProjectId } });
  expect(requestsOf("KeystoneListProjects")).toBe(1);
});
