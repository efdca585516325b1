variable "name" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "security_group" {
  type = string
}

variable "database_class" {
  type = string
}

variable "database_tls" {
  type = string
}

variable "protected" {
  description = "Whether deletion is refused."
  type        = bool
}
