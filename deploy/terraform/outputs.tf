output "balancer" {
  description = "The name that the host name must be an alias of."
  value       = module.service.balancer_address
}

output "registry" {
  description = "The registry to push images to."
  value       = module.registry.address
}

output "cluster" {
  description = "The cluster for one-off tasks, such as migrations."
  value       = module.service.cluster
}

output "migrate_task" {
  description = "The task that runs the migrations; run it before you set image_tag to migrate_image_tag."
  value       = module.service.migrate_task
}

output "task_network" {
  description = "The network of such a task, for `aws ecs run-task --network-configuration`."
  value       = "awsvpcConfiguration={subnets=[${join(",", module.network.private_subnets)}],securityGroups=[${module.network.tasks_group}],assignPublicIp=DISABLED}"
}
