variable "region" {
  description = "The region of AWS."
  type        = string
  default     = "eu-central-1"
}

variable "zones" {
  description = "The zones of the region that are used; never taken as they come, since a new one would move subnets."
  type        = list(string)
  default     = ["eu-central-1a", "eu-central-1b"]
}

variable "stage" {
  description = "Which of the deployments this is."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.stage)
    error_message = "The stage is staging or production."
  }
}

variable "host_name" {
  description = "The name that people know the service by."
  type        = string
}

variable "image_tag" {
  description = "The tag, or the digest with sha256: before it, of the image in the registry made here that serves; unset, nothing does yet."
  type        = string
  default     = null
}

variable "migrate_image_tag" {
  description = "That of the image whose migrations are run next, with migrate_task, before it serves."
  type        = string
}

variable "certificate_arn" {
  description = "A certificate of ACM for the host name, in this region."
  type        = string
}

variable "alarm_address" {
  description = "Who is written to when an alarm goes off."
  type        = string
}

variable "email_url" {
  description = "The ARN of a secret that holds EMAIL_URL, how mails leave, as smtps://user:password@host:465."
  type        = string
}

variable "mail_from" {
  description = "The address that mails come from."
  type        = string
}

variable "admin_from" {
  description = "The networks that /admin is opened to, as 192.0.2.0/24; three at most."
  type        = list(string)
}

variable "settings_file" {
  description = "The ARN of a file in S3 with further variables of .env.example, for example of log-in providers."
  type        = string
  default     = null
}

variable "database_tls" {
  description = "How the database is reached; with its authorities in the image, also verify-full."
  type        = string
  default     = "sslmode=require"
}

variable "database_class" {
  description = "The size of the database and of its replica."
  type        = string
  default     = "db.t4g.medium"
}
