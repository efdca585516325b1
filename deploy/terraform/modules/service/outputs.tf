output "balancer_address" {
  value = aws_lb.nexus.dns_name
}

output "balancer_name" {
  description = "The name in CloudWatch."
  value       = aws_lb.nexus.arn_suffix
}

output "targets_name" {
  description = "The names in CloudWatch."
  value       = aws_lb_target_group.web.arn_suffix
}

output "cluster" {
  value = aws_ecs_cluster.nexus.name
}

output "migrate_task" {
  value = module.migrate.task
}
