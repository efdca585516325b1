"""The `nexus` command: thin; each file is one command or what several share."""
