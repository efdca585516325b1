"""The WSGI application of a contender: ours, with other settings."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.api.settings"

from nexus.config.wsgi import application

__all__ = ["application"]
