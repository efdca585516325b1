"""Django's settings, read once from the environment.

Nothing is created here: `nexus.core.stack` provides the embedded services and their URLs before
Django is set up.
"""

import sys
from pathlib import Path

from nexus.config.environment import (
    read_broker_url,
    read_cache_url,
    read_choice,
    read_database,
    read_flag,
    read_list,
    read_text,
)
from nexus.core.embedded import default_home
from nexus.core.logging import logging_config

BASE_DIR = Path(__file__).resolve().parents[2]
LIBRARY_DIR = BASE_DIR / "library"
NEXUS_HOME = default_home()

# Set by nexus.core.stack when PostgreSQL or Valkey is one that Nexus started itself.
EMBEDDED = read_flag("NEXUS_EMBEDDED", default=False)

SECRET_KEY = read_text(
    "SECRET_KEY",
    remedy="Set it to a long random text and keep it; "
    "`python -c 'import secrets; print(secrets.token_urlsafe(50))'` makes one.",
)
DEBUG = read_flag("NEXUS_DEBUG", default=False)
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", default=("localhost", "127.0.0.1", "[::1]"))
# Behind a load balancer that ends TLS: cookies only over HTTPS.
SECURE = read_flag("NEXUS_HTTPS", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "nexus.apps.users",
    "nexus.apps.products",
    "nexus.apps.library",
    "nexus.apps.labs",
    "nexus.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "nexus.web.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "nexus.web.middleware.ErrorsForPeople",
]

ROOT_URLCONF = "nexus.config.urls"
WSGI_APPLICATION = "nexus.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ],
        },
    },
]

DATABASES = {
    "default": {
        **read_database("DATABASE_URL"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = read_cache_url("CACHE_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL},
}
BROKER_URL = read_broker_url("BROKER_URL", cache_url=CACHE_URL)

AUTH_USER_MODEL = "users.User"
# The check looks for unique=True; ours is a constraint over Lower("email"), which is stricter.
SILENCED_SYSTEM_CHECKS = ["auth.E003"]
LOGIN_URL = "home"

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "nexus.web.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = NEXUS_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(
    level=read_choice(
        "NEXUS_LOG_LEVEL",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
        default="WARNING" if EMBEDDED else "INFO",
    ),
    as_json=not sys.stderr.isatty(),
)
