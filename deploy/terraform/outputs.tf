output "balancer" {
  description = "What the host name is to be an alias of."
  value       = module.service.balancer_address
}

output "registry" {
  description = "Where images are pushed to."
  value       = module.registry.address
}

output "cluster" {
  description = "Where one-off tasks, as migrations, are run."
  value       = module.service.cluster
}

output "migrate_task" {
  description = "The task that brings the tables up to date; run it before image_tag becomes migrate_image_tag."
  value       = module.service.migrate_task
}

output "task_network" {
  description = "Where such a task is put, as `aws ecs run-task --network-configuration` has it."
  value       = "awsvpcConfiguration={subnets=[${join(",", module.network.private_subnets)}],securityGroups=[${module.network.tasks_group}],assignPublicIp=DISABLED}"
}
