# One part of Nexus: its task, and the service that keeps it running.

variable "name" {
  description = "web, worker, beat or migrate."
  type        = string
}

variable "image" {
  type = string
}

variable "deployment" {
  description = "Settings that all parts share."
  type = object({
    name           = string
    region         = string
    host_name      = string
    cluster        = string
    subnets        = list(string)
    security_group = string
    start_role     = string
    task_role      = string
    logs           = string
    secrets        = map(string)
    mail_from      = string
    settings_file  = string
  })
}

variable "command" {
  type = list(string)
}

variable "health_command" {
  description = "Exits with 0 while the part works; the load balancer checks web."
  type        = list(string)
  default     = null
}

variable "cpu" {
  type = number
}

variable "memory" {
  type = number
}

variable "least" {
  description = "How many run at first; 0 creates a task without a service, to be run once."
  type        = number
  default     = 0
}

variable "single" {
  description = "Whether the old task stops before the new one starts."
  type        = bool
  default     = false
}

variable "targets" {
  description = "The target group of the load balancer."
  type        = string
  default     = null
}

locals {
  settings = {
    ALLOWED_HOSTS         = "${var.deployment.host_name},localhost"
    NEXUS_PUBLIC_URL      = "https://${var.deployment.host_name}/"
    NEXUS_HTTPS           = "1"
    NEXUS_TRUSTED_PROXIES = "1"
    NEXUS_MAIL_FROM       = var.deployment.mail_from
  }

  container = {
    name                   = var.name
    image                  = var.image
    command                = var.command
    essential              = true
    user                   = "10001"
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    portMappings           = var.targets == null ? [] : [{ containerPort = 8000, protocol = "tcp" }]
    # The longest task lasts 90 seconds.
    stopTimeout      = 100
    environmentFiles = [for file in var.deployment.settings_file[*] : { type = "s3", value = file }]
    environment      = [for name, value in local.settings : { name = name, value = value }]
    secrets          = [for name, secret in var.deployment.secrets : { name = name, valueFrom = secret }]
    healthCheck = var.health_command == null ? null : {
      command     = concat(["CMD"], var.health_command)
      interval    = 60
      timeout     = 20
      retries     = 3
      startPeriod = 120
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.deployment.logs
        awslogs-region        = var.deployment.region
        awslogs-stream-prefix = var.name
      }
    }
  }
}

resource "aws_ecs_task_definition" "part" {
  family                   = "${var.deployment.name}-${var.name}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.deployment.start_role
  task_role_arn            = var.deployment.task_role
  container_definitions    = jsonencode([{ for key, value in local.container : key => value if value != null }])

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "tmp"
  }
}

resource "aws_ecs_service" "part" {
  count = var.least > 0 ? 1 : 0

  name                   = var.name
  cluster                = var.deployment.cluster
  task_definition        = aws_ecs_task_definition.part.arn
  launch_type            = "FARGATE"
  platform_version       = "LATEST"
  desired_count          = var.least
  enable_execute_command = false
  propagate_tags         = "SERVICE"

  deployment_minimum_healthy_percent = var.single ? 0 : 100
  deployment_maximum_percent         = var.single ? 100 : 200
  health_check_grace_period_seconds  = var.targets == null ? null : 120

  # A release whose tasks do not become healthy is rolled back.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = false
    subnets          = var.deployment.subnets
    security_groups  = [var.deployment.security_group]
  }

  dynamic "load_balancer" {
    for_each = var.targets[*]
    content {
      container_name   = var.name
      container_port   = 8000
      target_group_arn = load_balancer.value
    }
  }

  lifecycle {
    # The autoscaler sets it.
    ignore_changes = [desired_count]
  }
}

output "task" {
  value = aws_ecs_task_definition.part.arn
}

output "service" {
  value = one(aws_ecs_service.part[*].name)
}
