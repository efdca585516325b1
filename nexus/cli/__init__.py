"""The `nexus` command: a thin layer with one command per file, and shared helpers."""
