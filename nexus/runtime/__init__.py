"""The services and processes that Nexus runs on: found, started, watched and ended."""
