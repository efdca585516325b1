"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from nexus.core.observability import heartbeat

__all__ = ["application"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")

application = get_wsgi_application()
# The addresses import the rest of the code, which else the first request would do.
get_resolver().url_patterns  # noqa: B018 -- a cached property
# All of this stays. The collector would go through it again and again, in the middle of answers.
gc.collect()
gc.freeze()
heartbeat.start("web")
