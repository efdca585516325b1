resource "aws_ecs_cluster" "nexus" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_cloudwatch_log_group" "nexus" {
  name_prefix       = "${var.name}-"
  retention_in_days = 365
}

locals {
  deployment = {
    name           = var.name
    region         = var.region
    host_name      = var.host_name
    cluster        = aws_ecs_cluster.nexus.id
    subnets        = var.private_subnets
    security_group = var.tasks_group
    start_role     = aws_iam_role.start.arn
    task_role      = aws_iam_role.task.arn
    logs           = aws_cloudwatch_log_group.nexus.name
    secrets        = var.secrets
    mail_from      = var.mail_from
    settings_file  = var.settings_file
  }
  # Without an image that serves, only the task that runs the migrations is created.
  serving = var.image == null ? 0 : 1
}

module "web" {
  source     = "../part"
  count      = local.serving
  depends_on = [aws_lb_listener.https, aws_iam_role_policy.read_secrets, aws_iam_role_policy_attachment.start]

  name       = "web"
  image      = var.image
  deployment = local.deployment
  command    = ["part", "web", "--host", "0.0.0.0", "--kill-after", "25"]
  cpu        = 1024
  memory     = 2048
  least      = var.counts["web"].least
  targets    = aws_lb_target_group.web.arn
}

module "worker" {
  source     = "../part"
  count      = local.serving
  depends_on = [aws_iam_role_policy.read_secrets, aws_iam_role_policy_attachment.start]

  name           = "worker"
  image          = var.image
  deployment     = local.deployment
  command        = ["part", "worker"]
  health_command = ["nexus", "manage", "worker_alive"]
  cpu            = 512
  memory         = 1024
  least          = var.counts["worker"].least
}

# Two would send every periodic task twice.
module "beat" {
  source     = "../part"
  count      = local.serving
  depends_on = [aws_iam_role_policy.read_secrets, aws_iam_role_policy_attachment.start]

  name           = "beat"
  image          = var.image
  deployment     = local.deployment
  command        = ["part", "beat"]
  health_command = ["python", "/opt/nexus/bin/health.py"]
  cpu            = 256
  memory         = 512
  least          = 1
  single         = true
}

module "migrate" {
  source = "../part"

  name       = "migrate"
  image      = var.migrate_image
  deployment = local.deployment
  command    = ["migrate"]
  cpu        = 512
  memory     = 1024
}
