# Nexus on AWS. Everything that needs no cloud - address ranges, names, validation of the variables
# - is in modules/layout, which is tested; the other modules create the resources.

module "layout" {
  source = "./modules/layout"

  stage             = var.stage
  host_name         = var.host_name
  image_tag         = var.image_tag
  migrate_image_tag = var.migrate_image_tag
  alarm_address     = var.alarm_address
  mail_from         = var.mail_from
  email_url         = var.email_url
  admin_from        = var.admin_from
  settings_file     = var.settings_file
  zones             = var.zones
}

module "registry" {
  source = "./modules/registry"

  name = module.layout.name
}

module "network" {
  source = "./modules/network"

  name    = module.layout.name
  range   = module.layout.range
  subnets = module.layout.subnets
}

module "stores" {
  source = "./modules/stores"

  name           = module.layout.name
  subnets        = module.network.private_subnets
  security_group = module.network.stores_group
  database_class = var.database_class
  database_tls   = var.database_tls
  protected      = module.layout.protected
}

module "service" {
  source = "./modules/service"

  name            = module.layout.name
  region          = var.region
  image           = module.layout.image_suffix == null ? null : "${module.registry.address}${module.layout.image_suffix}"
  migrate_image   = "${module.registry.address}${module.layout.migrate_image_suffix}"
  host_name       = var.host_name
  certificate_arn = var.certificate_arn
  vpc             = module.network.vpc
  public_subnets  = module.network.public_subnets
  private_subnets = module.network.private_subnets
  balancer_group  = module.network.balancer_group
  tasks_group     = module.network.tasks_group
  secrets         = merge(module.stores.secrets, { EMAIL_URL = var.email_url })
  mail_from       = var.mail_from
  settings_file   = var.settings_file
  admin_from      = var.admin_from
  secrets_key     = module.stores.key
  broker          = module.stores.broker
  counts          = module.layout.counts
  protected       = module.layout.protected
}

module "alarms" {
  source = "./modules/alarms"

  name     = module.layout.name
  address  = var.alarm_address
  balancer = module.service.balancer_name
  targets  = module.service.targets_name
  database = module.stores.database
  replica  = module.stores.replica
  broker   = module.stores.broker
  least    = module.layout.counts["web"].least
}
