# The passwords are generated here. The parts get complete URLs from Secrets Manager; the state
# contains the passwords too, so its bucket must be private and encrypted.

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

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
}

resource "aws_kms_key" "stores" {
  description         = "Encrypts the data of Nexus, and its secrets."
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

resource "random_password" "database" {
  length  = 40
  special = false
}

resource "random_password" "cache" {
  length  = 40
  special = false
}

resource "random_password" "broker" {
  length  = 40
  special = false
}

resource "random_password" "secret_key" {
  length  = 60
  special = false
}

resource "random_password" "metrics_token" {
  length  = 60
  special = false
}

locals {
  database_host = aws_db_instance.primary.address
  cache_host    = aws_elasticache_replication_group.nexus.primary_endpoint_address
  # The endpoint is amqps://host:5671.
  broker_host = trimprefix(aws_mq_broker.nexus.instances[0].endpoints[0], "amqps://")

  values = {
    DATABASE_URL        = "postgresql://nexus:${random_password.database.result}@${local.database_host}:5432/nexus?${var.database_tls}"
    CACHE_URL           = "rediss://:${random_password.cache.result}@${local.cache_host}:6379/0"
    BROKER_URL          = "amqps://nexus:${random_password.broker.result}@${local.broker_host}//"
    SECRET_KEY          = random_password.secret_key.result
    NEXUS_METRICS_TOKEN = random_password.metrics_token.result
  }
}

resource "aws_secretsmanager_secret" "nexus" {
  # checkov:skip=CKV2_AWS_57:A new SECRET_KEY ends sessions unless the old one is kept as a
  # fallback, so a person changes it.
  for_each = toset(["DATABASE_URL", "CACHE_URL", "BROKER_URL", "SECRET_KEY", "NEXUS_METRICS_TOKEN"])

  name_prefix = "${var.name}/${each.key}-"
  kms_key_id  = aws_kms_key.stores.arn
}

resource "aws_secretsmanager_secret_version" "nexus" {
  for_each = aws_secretsmanager_secret.nexus

  secret_id     = each.value.id
  secret_string = local.values[each.key]
}
