"""What a run says: the typed `nexus.run/1` document and its JSON Schema."""
