# Rewrites alerts.yaml: each alert on a task carries a label of the exporter's configuration, to route by:
#   awk -v label=team -f alerts-by-team.awk alerts.yaml > alerts-by-team.yaml
# Why it is done like this, and how it is tested: docs/alerting.md.

BEGIN { record = "project_task_id:cbr_task_config_info:" label }

# Rules of a group are evaluated in order: the label is there before the first alert asks for it.
/^    rules:$/ && !recorded++ {
  print
  print "      # The " label " of each task, one series a task. topk decides between replicas that disagree; while none is"
  print "      # there, the last that was seen counts, for longer than the [9m] that an alert remembers its task."
  print "      - record: " record
  print "        expr: |"
  print "          group by (project, task_id, " label ") ("
  print "            topk by (project, task_id) (1, cbr_task_config_info)"
  print "            or on (project, task_id)"
  print "            topk by (project, task_id) (1, max_over_time(timestamp(cbr_task_config_info)[10m:15s]))"
  print "          )"
  print ""
  next
}

/^      - alert: CBR(Task|Backup)/ && !/CBRTaskFiles|CBRBackupMissing/ { task = 1 }
task && /^        expr: \|$/ {
  print
  print "          ("
  next
}
task && /^        labels:/ {
  print "          )"
  print "          * on (project, task_id) group_left (" label ") " record
  task = 0
}

{ print }
