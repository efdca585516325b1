output "secrets" {
  description = "By variable, the secret that holds its value."
  value       = { for name, secret in aws_secretsmanager_secret.nexus : name => secret.arn }
  # Who starts by these names must find values behind them.
  depends_on = [aws_secretsmanager_secret_version.nexus]
}

output "key" {
  value = aws_kms_key.stores.arn
}

output "database" {
  value = aws_db_instance.primary.identifier
}

output "replica" {
  value = aws_db_instance.replica.identifier
}

output "broker" {
  value = aws_mq_broker.nexus.broker_name
}
