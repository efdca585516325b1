# Everything that can be decided without the cloud. It has no provider, so that its tests run
# anywhere: terraform -chdir=deploy/terraform/modules/layout test

terraform {
  required_version = "~> 1.11"
}

locals {
  # Each zone has a public and a private subnet of 251 addresses each; the gaps leave room for more
  # subnets.
  subnets = {
    for number, zone in var.zones : zone => {
      public  = cidrsubnet(var.range, 8, number)
      private = cidrsubnet(var.range, 8, 10 + number)
    }
  }

  # A tag follows a colon, a digest an at sign.
  suffixes = {
    for tag in distinct(compact([var.image_tag, var.migrate_image_tag])) :
    tag => startswith(tag, "sha256:") ? "@${tag}" : ":${tag}"
  }

  production = var.stage == "production"
}
