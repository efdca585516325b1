"""Settings, URLs, and the entry points for WSGI and Celery."""
