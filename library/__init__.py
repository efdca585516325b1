"""The library: every page is a folder, `<kind>/<name>/README.md`, with its lab beside it."""
