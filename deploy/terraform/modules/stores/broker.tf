resource "aws_mq_broker" "nexus" {
  broker_name                = var.name
  engine_type                = "RabbitMQ"
  engine_version             = "4.2"
  deployment_mode            = "CLUSTER_MULTI_AZ"
  host_instance_type         = "mq.m7g.large"
  auto_minor_version_upgrade = true

  publicly_accessible = false
  subnet_ids          = var.subnets
  security_groups     = [var.security_group]

  encryption_options {
    use_aws_owned_key = false
    kms_key_id        = aws_kms_key.stores.arn
  }

  logs {
    general = true
  }

  user {
    username = "nexus"
    password = random_password.broker.result
  }
}
