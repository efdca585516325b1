"""`python -m nexus.cli` is `nexus`, also where a script's first line cannot hold its path."""

from nexus.cli.main import main

main()
