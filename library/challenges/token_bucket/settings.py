"""Django's settings of the servers that the lab floods: a cache, and no database."""

import secrets

from nexus.config.environment import read_cache_url

SECRET_KEY = secrets.token_urlsafe()
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "library.challenges.token_bucket.application"

CACHE_URL = read_cache_url("CACHE_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # A refusal is what this is about, and no warning.
    "loggers": {"django.request": {"level": "ERROR"}},
}
