"""`python -m nexus.cli` is `nexus`, for paths that are too long for a script's first line."""

from nexus.cli.main import main

main()
