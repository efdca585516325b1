"""The audit: who did what to which object, and when, in an append-only table."""
