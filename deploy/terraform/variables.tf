variable "region" {
  description = "The AWS region."
  type        = string
  default     = "eu-central-1"
}

variable "zones" {
  description = "The zones of the region to use. They are listed, not queried, because a new zone would move subnets."
  type        = list(string)
  default     = ["eu-central-1a", "eu-central-1b"]
}

variable "stage" {
  description = "The stage of this deployment: staging or production."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.stage)
    error_message = "The stage must be staging or production."
  }
}

variable "host_name" {
  description = "The public host name of the service."
  type        = string
}

variable "image_tag" {
  description = "The tag, or the digest beginning with sha256:, of the image that serves, in the registry that is created here; if unset, nothing serves yet."
  type        = string
  default     = null
}

variable "migrate_image_tag" {
  description = "The tag or digest of the image whose migrations migrate_task runs, before the image serves."
  type        = string
}

variable "certificate_arn" {
  description = "An ACM certificate for the host name, in this region."
  type        = string
}

variable "alarm_address" {
  description = "The e-mail address that alarms are sent to."
  type        = string
}

variable "email_url" {
  description = "The ARN of a secret that contains EMAIL_URL, the mail server, such as smtps://user:password@host:465."
  type        = string
}

variable "mail_from" {
  description = "The sender of mails."
  type        = string
}

variable "admin_from" {
  description = "The networks that may open /admin, such as 192.0.2.0/24; at most three."
  type        = list(string)
}

variable "settings_file" {
  description = "The ARN of a file in S3 with further variables of .env.example, for example of log-in providers."
  type        = string
  default     = null
}

variable "database_tls" {
  description = "The TLS parameters of DATABASE_URL; verify-full is possible if the image contains RDS's certificate authorities."
  type        = string
  default     = "sslmode=require"
}

variable "database_class" {
  description = "The size of the database and of its replica."
  type        = string
  default     = "db.t4g.medium"
}
