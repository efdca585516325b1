"""What every app builds on: errors, logging, the cache, the database and the outbox."""
