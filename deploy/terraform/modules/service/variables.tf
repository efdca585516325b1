variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "image" {
  description = "What serves; null, nothing does yet."
  type        = string
}

variable "migrate_image" {
  description = "Whose migrations are run next."
  type        = string
}

variable "host_name" {
  type = string
}

variable "certificate_arn" {
  type = string
}

variable "vpc" {
  type = string
}

variable "public_subnets" {
  type = list(string)
}

variable "private_subnets" {
  type = list(string)
}

variable "balancer_group" {
  type = string
}

variable "tasks_group" {
  type = string
}

variable "secrets" {
  description = "By variable, the secret that holds its value."
  type        = map(string)
}

variable "mail_from" {
  type = string
}

variable "settings_file" {
  description = "The ARN of a file in S3 with further variables; null, there are none."
  type        = string
}

variable "admin_from" {
  description = "The networks that /admin is opened to."
  type        = list(string)
}

variable "secrets_key" {
  type = string
}

variable "broker" {
  type = string
}

variable "counts" {
  description = "The least and the most of each part that is scaled."
  type        = map(object({ least = number, most = number }))
}

variable "protected" {
  description = "Whether deleting is refused."
  type        = bool
}
