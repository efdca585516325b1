"""What the REST resources of all apps share."""
