"""The WSGI application of a contender."""

import os

from django.core.wsgi import get_wsgi_application

__all__ = ["application"]

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.api.settings"

application = get_wsgi_application()
