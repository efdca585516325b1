#!/usr/bin/env python
"""Django's commands, with the embedded services where the environment names no others."""

import sys

from nexus.cli.manage import manage

if __name__ == "__main__":
    manage(sys.argv[1:])
