output "secrets" {
  description = "The secrets with the values of variables, by the name of the variable."
  value       = { for name, secret in aws_secretsmanager_secret.nexus : name => secret.arn }
  # Whatever starts with these names must find values in them.
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
