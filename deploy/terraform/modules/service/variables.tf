variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "image" {
  description = "The image that serves; if null, nothing serves yet."
  type        = string
}

variable "migrate_image" {
  description = "The image whose migrations run next."
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
  description = "The secrets with the values of variables, by the name of the variable."
  type        = map(string)
}

variable "mail_from" {
  type = string
}

variable "settings_file" {
  description = "The ARN of a file in S3 with further variables; null if there are none."
  type        = string
}

variable "admin_from" {
  description = "The networks that may open /admin."
  type        = list(string)
}

variable "secrets_key" {
  type = string
}

variable "broker" {
  type = string
}

variable "counts" {
  description = "The minimum and maximum number of each part that is scaled."
  type        = map(object({ least = number, most = number }))
}

variable "protected" {
  description = "Whether deletion is refused."
  type        = bool
}
