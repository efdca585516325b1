"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

__all__ = ["application"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")

application = get_wsgi_application()
