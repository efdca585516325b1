"""What every app stands on: errors, logging, the services that Nexus brings along."""
