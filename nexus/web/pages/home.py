"""The home page: a featured verdict, five steps, and the twenty challenges."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.library import queries
from nexus.apps.library.reading.page import page_url
from nexus.web.pages.page_data import ClaimView, LabView, PageData, PageLink

if TYPE_CHECKING:
    from nexus.apps.library.models import Page

__all__ = ["FEATURED", "STEPS", "ChallengeCard", "Step", "challenge_cards", "home", "steps"]

FEATURED = "n-plus-one.faster"
"""The claim at the top: it is decided in seconds, and its plot needs no explanation."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A page for beginners, and what to do there."""

    key: str
    action: str


STEPS = (
    Step(key="concepts/eager-loading", action="Learn when accessing a relation sends a query."),
    Step(key="challenges/n-plus-one", action="Run the lab and see the number of queries."),
    Step(key="concepts/transactions", action="Learn what a transaction guarantees."),
    Step(key="challenges/overselling", action="Run the race that sells one item twice."),
    Step(key="concepts/measuring", action="See how a lab reaches its verdict."),
)


@dataclass(frozen=True, kw_only=True)
class ChallengeCard:
    """A challenge in the grid: what was reported, and the claim closest to it."""

    number: int
    problem: str
    solution: str
    result: str
    page: PageLink
    claim: ClaimView

    @property
    def figure(self) -> str:
        """The measured effect if a run has decided the claim, otherwise the reported result."""
        if self.claim.expectation and self.claim.expectation.get("sentence"):
            return str(self.claim.expectation["sentence"])
        return f"Reported: {self.result}." if self.result else "No result reported."


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what Nexus is, one verdict with its run button, and where to start."""
    data = PageData(request.user)
    claim = data.claim(FEATURED) if FEATURED in data.claims else None
    context = {
        "claim": claim,
        "lab": _lab(data, claim),
        "steps": steps(data),
        "challenges": challenge_cards(data),
    }
    return render(request, "home.html", context)


def steps(data: PageData) -> list[tuple[PageLink, str]]:
    """Return a link and an action for each step whose page is loaded."""
    return [
        (PageLink.to(data.pages[step.key]), step.action) for step in STEPS if step.key in data.pages
    ]


def challenge_cards(data: PageData) -> list[ChallengeCard]:
    """Return the challenges, in the order of their numbers."""
    return [_card(data, page) for page in queries.list_challenges()]


def _card(data: PageData, page: "Page") -> ChallengeCard:
    reported = page.reported or {}
    return ChallengeCard(
        number=reported["number"],
        problem=reported["problem"],
        solution=reported["solution"],
        result=reported["result"],
        page=PageLink(url=page_url(page.key), title=page.title, summary=page.summary),
        claim=data.claim(reported["claim"]),
    )


def _lab(data: PageData, claim: ClaimView | None) -> LabView | None:
    if claim is None or not claim.lab_slug:
        return None
    return data.lab(data.registered[claim.lab_slug])
