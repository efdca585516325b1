"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from nexus.core.observability import heartbeat

__all__ = ["application"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")

application = get_wsgi_application()
# Load the URLs now: they import the rest of the code, which the first request would do otherwise.
get_resolver().url_patterns  # noqa: B018 -- a cached property
# Exclude these objects from garbage collection, which would scan them again and again during
# requests.
gc.collect()
gc.freeze()
heartbeat.start("web")
