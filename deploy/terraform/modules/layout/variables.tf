variable "stage" {
  type = string

  validation {
    condition     = contains(["staging", "production"], var.stage)
    error_message = "The stage must be staging or production."
  }
}

variable "host_name" {
  type = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.host_name))
    error_message = "The host name must be a fully qualified name in lowercase, such as nexus.example.org."
  }
}

variable "image_tag" {
  type    = string
  default = null

  validation {
    condition     = var.image_tag == null || can(regex("^(sha256:[0-9a-f]{64}|[0-9]+\\.[0-9]+\\.[0-9]+([.-][0-9a-z.-]+)?)$", var.image_tag))
    error_message = "Name the image by a version, such as 0.1.0, or by its digest; not by latest, which may be another image tomorrow."
  }
}

variable "migrate_image_tag" {
  type = string

  validation {
    condition     = can(regex("^(sha256:[0-9a-f]{64}|[0-9]+\\.[0-9]+\\.[0-9]+([.-][0-9a-z.-]+)?)$", var.migrate_image_tag))
    error_message = "Name the image by a version, such as 0.1.0, or by its digest; not by latest, which may be another image tomorrow."
  }
}

variable "alarm_address" {
  type = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alarm_address))
    error_message = "The address for alarms must be an e-mail address."
  }
}

variable "mail_from" {
  type = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.mail_from))
    error_message = "The sender of mails must be an e-mail address."
  }
}

variable "email_url" {
  type = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:secretsmanager:", var.email_url))
    error_message = "EMAIL_URL contains a password: store it as a secret in Secrets Manager and set the secret's ARN."
  }
}

variable "admin_from" {
  type = list(string)

  validation {
    # A rule of the load balancer has at most five conditions, and three of one kind.
    condition     = length(var.admin_from) >= 1 && length(var.admin_from) <= 3 && alltrue([for network in var.admin_from : can(cidrhost(network, 0))])
    error_message = "Set one to three networks, such as 192.0.2.0/24, that may open /admin."
  }
}

variable "settings_file" {
  type    = string
  default = null

  validation {
    condition     = var.settings_file == null || can(regex("^arn:aws[a-z-]*:s3:::.+/.+\\.env$", var.settings_file))
    error_message = "The file must be the ARN of an object in S3 whose name ends with .env."
  }
}

variable "range" {
  type    = string
  default = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.range, 0)) && endswith(var.range, "/16")
    error_message = "The network must be a range of addresses that ends with /16."
  }
}

variable "zones" {
  type = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 4 && length(distinct(var.zones)) == length(var.zones)
    error_message = "Set two to four different zones, so that the loss of one leaves another."
  }
}
