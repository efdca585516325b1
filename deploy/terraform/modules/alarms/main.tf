# Alarms for Nexus on AWS. Alerts on Nexus's own metrics are Prometheus's, in deploy/monitoring.

variable "name" {
  type = string
}

variable "address" {
  type = string
}

variable "balancer" {
  type = string
}

variable "targets" {
  type = string
}

variable "database" {
  type = string
}

variable "replica" {
  type = string
}

variable "broker" {
  type = string
}

variable "least" {
  description = "The minimum number of web servers."
  type        = number
}

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  balancer = { LoadBalancer = var.balancer }
  targets  = { LoadBalancer = var.balancer, TargetGroup = var.targets }
  database = { DBInstanceIdentifier = var.database }
  replica  = { DBInstanceIdentifier = var.replica }
  broker   = { Broker = var.broker }

  alarms = {
    errors = {
      what   = "The web servers respond with errors.", namespace = "AWS/ApplicationELB"
      metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", dimensions = local.balancer
      above  = true, bar = 10, minutes = 5, missing = "notBreaching"
    }
    ready = {
      what   = "Fewer web servers are ready than required.", namespace = "AWS/ApplicationELB"
      metric = "HealthyHostCount", statistic = "Minimum", dimensions = local.targets
      above  = false, bar = var.least, minutes = 3, missing = "breaching"
    }
    latency = {
      what   = "Responses are slow.", namespace = "AWS/ApplicationELB"
      metric = "TargetResponseTime", statistic = "Average", dimensions = local.balancer
      above  = true, bar = 1, minutes = 5, missing = "notBreaching"
    }
    queue = {
      what   = "Messages wait although workers are running.", namespace = "AWS/AmazonMQ"
      metric = "MessageReadyCount", statistic = "Average", dimensions = local.broker
      above  = true, bar = 1000, minutes = 10, missing = "notBreaching"
    }
    database-cpu = {
      what   = "The database is busy.", namespace = "AWS/RDS"
      metric = "CPUUtilization", statistic = "Average", dimensions = local.database
      above  = true, bar = 85, minutes = 10, missing = "breaching"
    }
    database-disk = {
      what   = "The database has less than 5 GB left.", namespace = "AWS/RDS"
      metric = "FreeStorageSpace", statistic = "Minimum", dimensions = local.database
      above  = false, bar = 5000000000, minutes = 5, missing = "breaching"
    }
    replica-lag = {
      what   = "The replica is more than 30 seconds behind.", namespace = "AWS/RDS"
      metric = "ReplicaLag", statistic = "Average", dimensions = local.replica
      above  = true, bar = 30, minutes = 5, missing = "breaching"
    }
  }
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:It is the policy of one key, to which the account grants access by IAM.
  # checkov:skip=CKV_AWS_111:The same.
  # checkov:skip=CKV_AWS_356:In the policy of a key, the star means this key.
  statement {
    sid       = "TheAccountDecidesByIAM"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.here.account_id}:root"]
    }
  }

  statement {
    sid       = "TheAlarmsOfThisAccountAreSent"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

# CloudWatch may not use AWS's own key for topics, so alarms would never be sent.
resource "aws_kms_key" "alarms" {
  description         = "Encrypts the alarms of Nexus in transit."
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.alarms.arn
}

resource "aws_sns_topic_subscription" "operator" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.address
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.what
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = each.value.above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.bar
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
