variables {
  stage             = "production"
  host_name         = "nexus.example.org"
  image_tag         = "0.1.0"
  migrate_image_tag = "0.1.0"
  alarm_address     = "operator@example.org"
  mail_from         = "nexus@example.org"
  email_url         = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:email"
  admin_from        = ["192.0.2.0/24"]
  zones             = ["a", "b", "c"]
}

run "subnets_do_not_overlap" {
  command = plan

  assert {
    condition     = output.subnets["a"] == { public = "10.20.0.0/24", private = "10.20.10.0/24" }
    error_message = "The first zone has the first ranges."
  }

  assert {
    condition     = length(distinct(flatten([for zone in output.subnets : [zone.public, zone.private]]))) == 6
    error_message = "Each subnet has its own range."
  }
}

run "four_zones_still_have_ranges_of_their_own" {
  command = plan

  variables {
    zones = ["a", "b", "c", "d"]
  }

  assert {
    condition     = length(distinct(flatten([for zone in output.subnets : [zone.public, zone.private]]))) == 8
    error_message = "Public ranges must not overlap private ones."
  }
}

run "production_is_protected_and_doubled" {
  command = plan

  assert {
    condition     = output.protected && alltrue([for part in output.counts : part.least >= 2])
    error_message = "Production survives the loss of one task."
  }
}

run "staging_can_be_deleted" {
  command = plan

  variables {
    stage = "staging"
  }

  assert {
    condition     = !output.protected && output.name == "nexus-staging"
    error_message = "Staging may be deleted."
  }
}

run "a_tag_and_a_digest_are_written_differently" {
  command = plan

  assert {
    condition     = output.image_suffix == ":0.1.0"
    error_message = "A tag follows a colon."
  }
}

run "a_digest_follows_an_at_sign" {
  command = plan

  variables {
    image_tag = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }

  assert {
    condition     = startswith(output.image_suffix, "@sha256:")
    error_message = "A digest follows an at sign."
  }
}

run "before_the_first_migration_nothing_serves" {
  command = plan

  variables {
    image_tag = null
  }

  assert {
    condition     = output.image_suffix == null && output.migrate_image_suffix == ":0.1.0"
    error_message = "The tables are created before anything that needs them."
  }
}

run "the_next_release_migrates_while_this_one_serves" {
  command = plan

  variables {
    migrate_image_tag = "0.2.0"
  }

  assert {
    condition     = output.image_suffix == ":0.1.0" && output.migrate_image_suffix == ":0.2.0"
    error_message = "The task gets the new release before the servers do."
  }
}

run "an_open_migration_is_refused" {
  command = plan

  variables {
    migrate_image_tag = "latest"
  }

  expect_failures = [var.migrate_image_tag]
}

run "a_password_of_the_mail_server_is_refused" {
  command = plan

  variables {
    email_url = "smtps://user:password@mail.example.org:465"
  }

  expect_failures = [var.email_url]
}

run "mails_from_nobody_are_refused" {
  command = plan

  variables {
    mail_from = "nexus"
  }

  expect_failures = [var.mail_from]
}

run "more_networks_than_a_rule_takes_are_refused" {
  command = plan

  variables {
    admin_from = ["192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/26", "192.0.2.192/26"]
  }

  expect_failures = [var.admin_from]
}

run "a_file_of_settings_is_an_object" {
  command = plan

  variables {
    settings_file = "further.env"
  }

  expect_failures = [var.settings_file]
}

run "latest_is_refused" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zones = ["a"]
  }

  expect_failures = [var.zones]
}

run "an_unknown_stage_is_refused" {
  command = plan

  variables {
    stage = "test"
  }

  expect_failures = [var.stage]
}

run "a_bare_host_name_is_refused" {
  command = plan

  variables {
    host_name = "nexus"
  }

  expect_failures = [var.host_name]
}

run "a_small_network_is_refused" {
  command = plan

  variables {
    range = "10.20.0.0/24"
  }

  expect_failures = [var.range]
}

run "an_alarm_without_address_is_refused" {
  command = plan

  variables {
    alarm_address = "nobody"
  }

  expect_failures = [var.alarm_address]
}
