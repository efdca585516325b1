terraform {
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.5"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }

  # The state contains the passwords that are generated here: use a bucket that is encrypted,
  # versioned and private, and name it with `terraform init -backend-config=FILE`.
  backend "s3" {
    key          = "nexus/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      service = "nexus"
      stage   = var.stage
    }
  }
}
