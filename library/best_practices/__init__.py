"""Best practices: what to do by default, and what it costs to leave it."""
