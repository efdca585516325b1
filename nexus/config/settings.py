"""Django's settings, read once from the environment.

Nothing is created here: `nexus.runtime.services` starts the embedded services and sets their URLs
before Django is set up.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

from nexus.config.broker import read_broker_url
from nexus.config.environment import (
    read_address,
    read_cache_url,
    read_carriers,
    read_choice,
    read_database,
    read_email_url,
    read_flag,
    read_list,
    read_number,
    read_optional,
    read_origins,
    read_provider,
    read_text,
)
from nexus.core.observability.logging import logging_config
from nexus.runtime.embedded import default_home

BASE_DIR = Path(__file__).resolve().parents[2]
LIBRARY_DIR = BASE_DIR / "library"
NEXUS_HOME = default_home()

# Set by nexus.runtime.services if Nexus started PostgreSQL or Valkey itself.
EMBEDDED = read_flag("NEXUS_EMBEDDED", default=False)

SECRET_KEY = read_text(
    "SECRET_KEY",
    remedy="Set it to a long random text and keep it; "
    "`python -c 'import secrets; print(secrets.token_urlsafe(50))'` generates one.",
)
# Earlier keys: what they signed or encrypted stays readable until they are removed.
SECRET_KEY_FALLBACKS = read_list("SECRET_KEY_FALLBACKS", default=())
DEBUG = read_flag("NEXUS_DEBUG", default=False)
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", default=("localhost", "127.0.0.1", "[::1]"))
# Behind a load balancer that terminates TLS: HTTPS only.
SECURE = read_flag("NEXUS_HTTPS", default=False)
# The number of trusted proxies in front of this server, each appending to X-Forwarded-For.
TRUSTED_PROXIES = int(read_number("NEXUS_TRUSTED_PROXIES", default=0))
# Whether the proxy in front of this server sets X-Request-ID and traceparent itself; with one that
# passes on a client's values, clients could choose ids, and which requests are traced.
TRUSTED_IDS = read_flag("NEXUS_TRUSTED_IDS", default=False)
# Web server processes, threads per process, and worker processes.
WEB_WORKERS = int(read_number("NEXUS_WEB_WORKERS", default=min(2, os.cpu_count() or 1), least=1))
WEB_THREADS = int(read_number("NEXUS_WEB_THREADS", default=4, least=1))
WORKER_PROCESSES = int(read_number("NEXUS_WORKER_PROCESSES", default=1, least=1))
# Where a file of the repository can be edited: this prefix, followed by the file's path.
SOURCE_URL = read_address("NEXUS_SOURCE_URL")

INSTALLED_APPS = [
    # Only their models and algorithms are used; none of their pages is served (decision 9).
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "corsheaders",
    "drf_spectacular",
    "rest_framework",
    "strawberry_django",
    "nexus.core.outbox",
    "nexus.core.audit",
    "nexus.core.idempotency",
    "nexus.apps.users",
    "nexus.apps.products",
    "nexus.apps.orders",
    "nexus.apps.stays",
    "nexus.apps.library",
    "nexus.apps.labs",
    "nexus.web",
    "nexus.api",
    "nexus.config",
    # After our apps, so that our templates override its own.
    "nexus.core.admin.apps.AdminConfig",
]

MIDDLEWARE = [
    "nexus.web.middleware.request_log.RequestLog",
    "nexus.web.middleware.probes.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "nexus.web.middleware.security_headers.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "nexus.web.middleware.errors.ErrorPages",
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
                "django.contrib.messages.context_processors.messages",
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
# After this many executions of a statement PostgreSQL caches its plan (psycopg's default; Django's
# is never). A plan belongs to a server connection, so a pooler in transaction mode must support
# prepared statements: PgBouncer does since 1.22 with max_prepared_statements set. Behind one that
# does not, such as Odyssey or pgcat without that option, this must be off.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (
    5 if read_flag("NEXUS_PREPARED_STATEMENTS", default=True) else None
)
# Do not wait for an unreachable server as long as the kernel would.
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = read_cache_url("CACHE_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL},
}
BROKER_URL = read_broker_url("BROKER_URL", cache_url=CACHE_URL)

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "nexus.apps.users.backends.Roles",
]
SILENCED_SYSTEM_CHECKS = [
    # The checks look for unique=True; ours is a constraint on Lower("email"), which is stricter.
    "auth.E003",
    "auth.W004",
    # HSTS preloading is the decision of the domain's owner.
    "security.W021",
]
LOGIN_URL = "account:log-in"
PASSWORD_HASHERS = [
    "nexus.apps.users.hashers.Argon2",
    # For older passwords; each is rehashed when its owner logs in.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# How long a mailed token is valid, in seconds.
PASSWORD_RESET_TIMEOUT = 4 * 3600
# The target of links in mails: a front end's URL, or else that of our own pages, if it is known;
# without either a mail contains only the token.
ACCOUNT_URL = read_address("NEXUS_ACCOUNT_URL")
PUBLIC_URL = read_address("NEXUS_PUBLIC_URL")

# External login providers; each is offered if its variables are set.
LOGIN_PROVIDERS = [
    *read_provider(
        "GOOGLE_CLIENT_ID",
        "GOOGLE_CLIENT_SECRET",
        slug="google",
        name="Google",
        known_issuer="https://accounts.google.com",
    ),
    *read_provider("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", slug="github", name="GitHub"),
    *read_provider(
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_ISSUER",
        slug="oidc",
        name=read_optional("OIDC_NAME") or "OpenID Connect",
    ),
]
# Redirect URLs allowed for OAuth clients, in addition to loopback URLs.
CLIENT_REDIRECTS = read_list("NEXUS_CLIENT_REDIRECTS", default=())
SOCIALACCOUNT_ADAPTER = "nexus.web.accounts.provider_session.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
MFA_ADAPTER = "nexus.apps.users.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Nexus"
# Clocks of phones may be off by some seconds: a code is valid for one more period on either side.
MFA_TOTP_TOLERANCE = 1

MAIL_ROUTE = read_email_url("EMAIL_URL", folder=NEXUS_HOME / "mail")
EMAIL_BACKEND = MAIL_ROUTE.backend
EMAIL_FILE_PATH = MAIL_ROUTE.folder
EMAIL_HOST, EMAIL_PORT = MAIL_ROUTE.host, MAIL_ROUTE.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_ROUTE.user, MAIL_ROUTE.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_ROUTE.starttls, MAIL_ROUTE.tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = read_list("NEXUS_MAIL_FROM", default=("nexus@localhost",))[0]

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "nexus.web.pages.errors.csrf_failure"
if SECURE:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "nexus.api.authentication.Bearer",
        "nexus.api.authentication.Session",
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "nexus.api.problems.exception_handler",
    # OPTIONS would describe an operation a second time, in addition to OpenAPI.
    "DEFAULT_METADATA_CLASS": None,
    # A format suffix or parameter would duplicate the Accept header.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Nexus",
    "DESCRIPTION": "The backend-engineering handbook that runs: pages, claims, labs and runs.",
    "VERSION": "1.1.0",
    "OAS_VERSION": "3.1.1",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Enums that have the same field name but different values.
    "ENUM_NAME_OVERRIDES": {
        "BookingStatusEnum": "nexus.apps.stays.policies.BookingStatus",
        "ClaimStateEnum": "nexus.api.library.states.STATES",
        "ClaimStateV1Enum": "nexus.api.library.states.STATES_V1",
        "KindEnum": "nexus.apps.library.queries.KIND_LABELS.items",
        "OrderEventKindEnum": "nexus.apps.orders.models.orders.KINDS",
        "OrderStateEnum": "nexus.apps.orders.states.OrderState",
        "PaymentStatusEnum": "nexus.apps.orders.models.payments.PaymentStatus",
        "RefundStatusEnum": "nexus.apps.orders.models.payments.RefundStatus",
        "RunStatusEnum": "nexus.apps.labs.states.RunStatus",
    },
}

# Requests per second that one client may make in the long run.
API_RATE = read_number("NEXUS_API_RATE", default=20, least=0.001)
# Whether anonymous clients may use GraphQL introspection.
OPEN_SCHEMA = read_flag("NEXUS_OPEN_SCHEMA", default=EMBEDDED)

# Pages of other origins may use the API with tokens, not with cookies.
CORS_ALLOWED_ORIGINS = read_origins("NEXUS_CORS_ORIGINS")
CORS_URLS_REGEX = r"^/(api|graphql|\.well-known)/"
CORS_ALLOW_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CORS_ALLOW_HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
)
CORS_EXPOSE_HEADERS = (
    "deprecation",
    "etag",
    "idempotent-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "sunset",
    "x-request-id",
)
CORS_PREFLIGHT_MAX_AGE = 600
# Whether webhooks may be sent to this machine; other internal addresses are never allowed.
WEBHOOKS_LOOPBACK = read_flag("NEXUS_WEBHOOKS_LOOPBACK", default=False)
# Carriers to ask for shipping prices, as URLs by name; if empty, only flat prices are used.
CARRIERS = read_carriers("NEXUS_CARRIERS")
# How long a public response is cached at most, in seconds; 0 disables the cache.
KEPT_S = read_number("NEXUS_KEPT_S", default=30)

# The bearer token for /metrics; without it only a laptop serves them, and only to itself.
METRICS_TOKEN = read_optional("NEXUS_METRICS_TOKEN")
# The port on which a Celery worker serves its metrics; 0: none.
WORKER_METRICS_PORT = int(read_number("NEXUS_WORKER_METRICS_PORT", default=0))

# Where traces and errors are sent; nowhere if unset.
TRACES_TO = read_optional("OTEL_EXPORTER_OTLP_ENDPOINT")
SENTRY_DSN = read_optional("SENTRY_DSN")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
# An image already has the collected files, and its file system is read-only.
STATIC_ROOT = Path(read_optional("NEXUS_STATIC") or NEXUS_HOME / "static")
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
    # Texts of exceptions may contain personal data: only people who work on their own data see
    # them.
    texts=EMBEDDED or DEBUG,
)
