resource "aws_appautoscaling_target" "part" {
  for_each = local.serving == 0 ? {} : { web = module.web[0].service, worker = module.worker[0].service }

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.nexus.name}/${each.value}"
  min_capacity       = var.counts[each.key].least
  max_capacity       = var.counts[each.key].most
}

resource "aws_appautoscaling_policy" "web" {
  count = local.serving

  name               = "web"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.part["web"].service_namespace
  scalable_dimension = aws_appautoscaling_target.part["web"].scalable_dimension
  resource_id        = aws_appautoscaling_target.part["web"].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_in_cooldown  = 300
    scale_out_cooldown = 30

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# The length of the queue: workers wait for other servers most of the time, so their CPU load says
# little.
resource "aws_appautoscaling_policy" "worker" {
  count = local.serving

  name               = "worker"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.part["worker"].service_namespace
  scalable_dimension = aws_appautoscaling_target.part["worker"].scalable_dimension
  resource_id        = aws_appautoscaling_target.part["worker"].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 100
    scale_in_cooldown  = 300
    scale_out_cooldown = 30

    customized_metric_specification {
      namespace   = "AWS/AmazonMQ"
      metric_name = "MessageReadyCount"
      statistic   = "Average"

      dimensions {
        name  = "Broker"
        value = var.broker
      }
    }
  }
}
