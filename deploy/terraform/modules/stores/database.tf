resource "aws_db_subnet_group" "nexus" {
  name       = var.name
  subnet_ids = var.subnets
}

resource "aws_db_parameter_group" "nexus" {
  name_prefix = "${var.name}-"
  family      = "postgres18"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  parameter {
    name  = "log_lock_waits"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "monitoring_may_be_taken" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

data "aws_iam_policy" "monitoring" {
  name = "AmazonRDSEnhancedMonitoringRole"
}

resource "aws_iam_role" "monitoring" {
  name_prefix        = "${var.name}-rds-"
  assume_role_policy = data.aws_iam_policy_document.monitoring_may_be_taken.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = data.aws_iam_policy.monitoring.arn
}

resource "aws_db_instance" "primary" {
  identifier                 = var.name
  engine                     = "postgres"
  engine_version             = "18"
  auto_minor_version_upgrade = true
  instance_class             = var.database_class

  db_name  = "nexus"
  username = "nexus"
  password = random_password.database.result

  allocated_storage     = 50
  max_allocated_storage = 500
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.stores.arn

  multi_az               = true
  db_subnet_group_name   = aws_db_subnet_group.nexus.name
  parameter_group_name   = aws_db_parameter_group.nexus.name
  vpc_security_group_ids = [var.security_group]
  publicly_accessible    = false

  # The database can be restored to any second of the last two weeks.
  backup_retention_period   = 14
  copy_tags_to_snapshot     = true
  deletion_protection       = var.protected
  skip_final_snapshot       = !var.protected
  final_snapshot_identifier = "${var.name}-final"

  iam_database_authentication_enabled = true
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.stores.arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}

resource "aws_db_instance" "replica" {
  # checkov:skip=CKV_AWS_157:It is itself the second copy in another zone.
  # checkov:skip=CKV_AWS_293:It holds nothing that the primary does not.
  identifier                 = "${var.name}-replica"
  replicate_source_db        = aws_db_instance.primary.identifier
  auto_minor_version_upgrade = true
  instance_class             = var.database_class
  storage_encrypted          = true

  parameter_group_name   = aws_db_parameter_group.nexus.name
  vpc_security_group_ids = [var.security_group]
  publicly_accessible    = false
  copy_tags_to_snapshot  = true
  skip_final_snapshot    = true

  iam_database_authentication_enabled = true
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.stores.arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}
