resource "aws_elasticache_subnet_group" "nexus" {
  name       = var.name
  subnet_ids = var.subnets
}

resource "aws_elasticache_replication_group" "nexus" {
  replication_group_id = var.name
  description          = "The cache and the rate limits of Nexus"
  engine               = "valkey"
  engine_version       = "8.2"
  node_type            = "cache.t4g.small"
  num_cache_clusters   = 2

  automatic_failover_enabled = true
  multi_az_enabled           = true
  auto_minor_version_upgrade = true
  subnet_group_name          = aws_elasticache_subnet_group.nexus.name
  security_group_ids         = [var.security_group]

  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.stores.arn
  transit_encryption_enabled = true
  auth_token                 = random_password.cache.result
  snapshot_retention_limit   = 1
}
