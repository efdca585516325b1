# Which connections are allowed.

locals {
  stores = { PostgreSQL = 5432, Valkey = 6379, RabbitMQ = 5671 }
  # Log-in providers, webhooks, carriers, the registry and the logs; mails.
  outside = { HTTPS = 443, mails = 465, "mails by STARTTLS" = 587 }
}

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "The load balancer of Nexus"
  vpc_id      = aws_vpc.nexus.id
}

resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "The parts of Nexus"
  vpc_id      = aws_vpc.nexus.id
}

resource "aws_security_group" "stores" {
  name        = "${var.name}-stores"
  description = "PostgreSQL, Valkey and RabbitMQ of Nexus"
  vpc_id      = aws_vpc.nexus.id
}

resource "aws_vpc_security_group_ingress_rule" "people" {
  for_each = { HTTPS = 443, "HTTP, sent to HTTPS" = 80 }

  security_group_id = aws_security_group.balancer.id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "The web servers"
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
  referenced_security_group_id = aws_security_group.tasks.id
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "The load balancer"
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
  referenced_security_group_id = aws_security_group.balancer.id
}

resource "aws_vpc_security_group_egress_rule" "outside" {
  for_each = local.outside

  security_group_id = aws_security_group.tasks.id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "stores" {
  for_each = local.stores

  security_group_id            = aws_security_group.tasks.id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  referenced_security_group_id = aws_security_group.stores.id
}

resource "aws_vpc_security_group_ingress_rule" "stores" {
  for_each = local.stores

  security_group_id            = aws_security_group.stores.id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  referenced_security_group_id = aws_security_group.tasks.id
}
