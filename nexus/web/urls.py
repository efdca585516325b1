"""The URLs of the HTML pages."""

from django.urls import include, path

from nexus.web.pages import (
    about,
    claims,
    feeds,
    home,
    labs,
    library,
    owner_link,
    run,
    run_comparison,
    search,
    source,
    topics,
)
from nexus.web.pages.account import login, oauth, settings

__all__ = ["urlpatterns"]

library_patterns = (
    [
        path("", library.index, name="index"),
        path("<slug:kind>/<slug:slug>/", library.page, name="page"),
    ],
    "library",
)

lab_patterns = (
    [
        path("", labs.index, name="index"),
        path("<slug:slug>/", labs.detail, name="detail"),
        path("<slug:slug>/runs/", labs.start, name="start"),
    ],
    "labs",
)

run_patterns = (
    [
        path("", run.run, name="detail"),
        path("progress/", run.progress, name="progress"),
        path("cancel/", run.cancel, name="cancel"),
        path("result.json", run.document, name="document"),
        path("samples.csv", run.samples, name="samples"),
    ],
    "runs",
)

account_patterns = (
    [
        path("", settings.account, name="own"),
        path("sign-up/", login.sign_up, name="sign-up"),
        path("verify/", login.verify, name="verify"),
        path("log-in/", login.log_in, name="log-in"),
        path("log-in/second-factor/", login.second_factor, name="second-factor"),
        path("log-out/", login.log_out, name="log-out"),
        path("reset/", login.reset, name="reset"),
        path("reset/confirm/", login.reset_password, name="reset-confirm"),
        path("password/", settings.change_password, name="password"),
        path("email/", settings.change_email, name="email"),
        path("email/confirm/", login.confirm_email, name="email-confirm"),
        path("second-factor/", settings.set_up_second_factor, name="set-up"),
        path("second-factor/codes/", settings.renew_recovery_codes, name="codes"),
        path("second-factor/off/", settings.turn_off_second_factor, name="turn-off"),
        path("export/", settings.export, name="export"),
        path("delete/", settings.delete, name="delete"),
        path("providers/<slug:slug>/", oauth.start_provider_login, name="provider"),
        path(
            "providers/<slug:slug>/callback/", oauth.finish_provider_login, name="provider-callback"
        ),
        path("providers/<slug:slug>/unlink/", settings.unlink, name="unlink"),
        path("authorize/", oauth.authorize, name="authorize"),
    ],
    "account",
)

urlpatterns = [
    path("", home.home, name="home"),
    path("library/", include(library_patterns)),
    path("labs/", include(lab_patterns)),
    path("about/", about.about, name="about"),
    path("claims/", claims.claims, name="claims"),
    path("topics/", topics.topics, name="topics"),
    path("source/<path:path>", source.show, name="source"),
    path("runs/compare/", run_comparison.compare, name="compare"),
    path("runs/<uuid:run_id>/", include(run_patterns)),
    path("schemas/nexus.run/1.json", run.schema, name="run-schema"),
    path("account/", include(account_patterns)),
    path("enter/<str:token>/", owner_link.redeem, name="enter"),
    path("search", search.search, name="search"),
    path("llms.txt", feeds.llms, name="llms"),
    path("feed.atom", feeds.atom, name="feed"),
]
