"""The API about itself: its entry point, schema, documentation and problem codes."""
