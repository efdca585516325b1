"""The addresses of the pages for people."""

from django.urls import include, path

from nexus.web.views import feeds, labs, library, session, source
from nexus.web.views.account import entering, others, own

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
        path("", labs.run, name="detail"),
        path("progress/", labs.progress, name="progress"),
        path("cancel/", labs.cancel, name="cancel"),
        path("result.json", labs.document, name="document"),
        path("samples.csv", labs.samples, name="samples"),
    ],
    "runs",
)

account_patterns = (
    [
        path("", own.own, name="own"),
        path("sign-up/", entering.sign_up, name="sign-up"),
        path("verify/", entering.verify, name="verify"),
        path("log-in/", entering.log_in, name="log-in"),
        path("log-in/second-factor/", entering.second_factor, name="second-factor"),
        path("log-out/", entering.log_out, name="log-out"),
        path("reset/", entering.reset, name="reset"),
        path("reset/confirm/", entering.reset_password, name="reset-confirm"),
        path("password/", own.change_password, name="password"),
        path("email/", own.change_email, name="email"),
        path("email/confirm/", entering.confirm_email, name="email-confirm"),
        path("second-factor/", own.set_up_second_factor, name="set-up"),
        path("second-factor/codes/", own.renew_codes, name="codes"),
        path("second-factor/off/", own.turn_off_second_factor, name="turn-off"),
        path("export/", own.export, name="export"),
        path("delete/", own.delete, name="delete"),
        path("providers/<slug:slug>/", others.leave, name="provider"),
        path("providers/<slug:slug>/callback/", others.arrive, name="provider-callback"),
        path("providers/<slug:slug>/unlink/", own.unlink, name="unlink"),
        path("authorize/", others.authorize, name="authorize"),
    ],
    "account",
)

urlpatterns = [
    path("", library.home, name="home"),
    path("library/", include(library_patterns)),
    path("labs/", include(lab_patterns)),
    path("claims/", library.claims, name="claims"),
    path("topics/", library.topics, name="topics"),
    path("source/<path:path>", source.show, name="source"),
    path("runs/compare/", labs.compare, name="compare"),
    path("runs/<uuid:run_id>/", include(run_patterns)),
    path("schemas/nexus.run/1.json", labs.schema, name="run-schema"),
    path("account/", include(account_patterns)),
    path("enter/<str:token>/", session.enter, name="enter"),
    path("search", library.search, name="search"),
    path("llms.txt", feeds.llms, name="llms"),
    path("feed.atom", feeds.atom, name="feed"),
]
