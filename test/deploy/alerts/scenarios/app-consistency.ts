import { firing, quiet, type Scenario } from "../scenario.ts";
import { ends, replicas, restarting, runs, task } from "../tasks.ts";

const inconsistent = { appConsistent: false, appConsistencyError: { code: "BackupService.4002" } };

export const appConsistency: readonly Scenario[] = [
  {
    name: "CBRBackupNotAppConsistent: fires for a backup with an error, once for two replicas",
    replicas: replicas(["a", "b"], task(ends("success", 0, 5, inconsistent))),
    expect: [quiet(0, 5), firing(6, 60, "CBRBackupNotAppConsistent prod t")],
  },
  {
    name: "CBRBackupNotAppConsistent: stops 24 h after the task ended",
    replicas: replicas(["a"], task(ends("success", -1500, -1430, inconsistent))),
    expect: [firing(1, 9, "CBRBackupNotAppConsistent prod t"), quiet(10, 30)],
  },
  {
    name: "CBRBackupNotAppConsistent: a backup that was not asked to be app-consistent is none",
    replicas: replicas(["a"], task(ends("success", 0, 5, { appConsistent: false }))),
    expect: [quiet(0, 30)],
  },
  {
    name: "CBRBackupNotAppConsistent: not before the backup has ended",
    replicas: replicas(["a"], task(runs(0, inconsistent))),
    expect: [quiet(0, 30)],
  },
  {
    name: "CBRBackupNotAppConsistent: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([20, 24], task(ends("success", 0, 5, inconsistent))),
    expect: [quiet(0, 5), firing(6, 60, "CBRBackupNotAppConsistent prod t")],
  },
];
