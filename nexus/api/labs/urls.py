"""The addresses of labs and runs."""

from django.urls import path

from nexus.api.labs import rest

__all__ = ["version_1"]

version_1 = [
    path("labs/", rest.LabList.as_view(), name="labs"),
    path("labs/<slug:slug>/", rest.LabDetail.as_view(), name="lab"),
    path("runs/", rest.RunList.as_view(), name="runs"),
    path("runs/<uuid:run_id>/", rest.RunDetail.as_view(), name="run"),
    path("runs/<uuid:run_id>/cancel/", rest.RunCancel.as_view(), name="cancel"),
    path("runs/<uuid:run_id>/result/", rest.RunResult.as_view(), name="result"),
    path("runs/<uuid:run_id>/samples/", rest.RunSamples.as_view(), name="samples"),
]
