output "name" {
  value = "nexus-${var.stage}"
}

output "range" {
  value = var.range
}

output "subnets" {
  value = local.subnets
}

output "image_suffix" {
  description = "The URL of the image that serves; if null, nothing serves yet."
  value       = var.image_tag == null ? null : local.suffixes[var.image_tag]
}

output "migrate_image_suffix" {
  value = local.suffixes[var.migrate_image_tag]
}

output "protected" {
  description = "Whether deletion must be refused."
  value       = local.production
}

output "counts" {
  description = "The minimum and maximum number of each part that is scaled."
  value = {
    web    = local.production ? { least = 2, most = 20 } : { least = 1, most = 2 }
    worker = local.production ? { least = 2, most = 10 } : { least = 1, most = 2 }
  }
}
