"""Nexus's settings with the URLs and the other needs of a contender."""

import os

from nexus.config.settings import *  # noqa: F403 -- one settings module builds on another
from nexus.config.settings import INSTALLED_APPS, REST_FRAMEWORK

CONTENDER = os.environ["BENCHMARK_CONTENDER"]
ROOT_URLCONF = f"benchmarks.api.contenders.{CONTENDER}"

if CONTENDER == "graphene":
    # Strawberry cannot be imported together with graphene's graphql-core.
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "strawberry_django"]
    INSTALLED_APPS += ["graphene_django"]

if CONTENDER == "oscar":
    from oscar import INSTALLED_APPS as OSCAR_APPS
    from oscar.defaults import *  # noqa: F403 -- as its documentation shows it

    # Some of its apps are installed already, and the admin is a customised one.
    OSCAR_APPS = [app for app in OSCAR_APPS if app != "django.contrib.admin"]
    INSTALLED_APPS = list(dict.fromkeys([*INSTALLED_APPS, *OSCAR_APPS, "oscarapi"]))
    SITE_ID = 1
    HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
    REST_FRAMEWORK = {
        **REST_FRAMEWORK,
        "DEFAULT_PAGINATION_CLASS": "benchmarks.api.contenders.alike.ByKey",
    }
    # Its tables are next to ours, and are not checked here.
    SILENCED_SYSTEM_CHECKS = ["admin", "auth", "fields", "models", "urls"]
