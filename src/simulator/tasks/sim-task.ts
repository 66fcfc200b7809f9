/** The JSON object `operation_log` of ShowOpLog's answer, just as it goes out; tests put anything in it. */
export type OperationLogBody = Readonly<Record<string, unknown>>;

/** What a task's body may depend on. */
interface Moment {
  /** When the simulator got the task (its own start, or `setTask`), in milliseconds since 1970. */
  readonly beganMs: number;
  /** Milliseconds since then. */
  readonly elapsedMs: number;
  readonly projectId: string;
}

/** A task of the simulated cloud. `body` is pure: the same moment, the same answer. */
export interface SimTask {
  readonly id: string;
  body(moment: Moment): OperationLogBody;
}

/** The project id of the vendor's example. */
export const vendorProjectId = "04f1829c788037ac2fb8c01eb2b04b95";

/** The example answer of the vendor's ShowOpLog page, key by key in its order; only the project is the simulator's own. */
export const vendorExample: SimTask = {
  id: "4827f2da-b008-4507-ab7d-42d0df5ed912",
  body: ({ projectId }) => ({
    status: "success",
    provider_id: "0daac4c5-6707-4851-97ba-169e36266b66",
    checkpoint_id: "b432511f-d889-428f-8b0e-5f47c524c6b6",
    updated_at: "2019-05-23T14:35:23.584418",
    error_info: { message: "", code: "" },
    started_at: "2019-05-23T14:31:36.007230",
    id: "4827f2da-b008-4507-ab7d-42d0df5ed912",
    extra_info: {
      resource: { type: "OS::Nova::Server", id: "1dab32fa-ebf2-415a-ab0b-eabe6353bc86", name: "ECS-0001" },
      backup: { backup_name: "manualbk_1234", backup_id: "0e5d0ef6-7f0a-4890-b98c-cb12490e31c1" },
      common: { progress: 100, request_id: "req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc" },
    },
    ended_at: "2019-05-23T14:35:23.511155",
    created_at: "2019-05-23T14:31:36.039365",
    operation_type: "backup",
    project_id: projectId,
  }),
};
