"""The home page: one verdict, five steps, the twenty challenges, and two doors further in."""

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
"""The claim of the first screen: it is decided in seconds, and its plot needs no explanation."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A page of the way in, and what to do there."""

    key: str
    action: str


STEPS = (
    Step(key="concepts/eager-loading", action="Read when a relation sends a query."),
    Step(key="challenges/n-plus-one", action="Run the lab, and see the queries counted."),
    Step(key="concepts/transactions", action="Read what a transaction promises."),
    Step(key="challenges/overselling", action="Run the race that sells one piece twice."),
    Step(key="concepts/measuring", action="Check how a lab comes to its verdict."),
)


@dataclass(frozen=True, kw_only=True)
class ChallengeCard:
    """A challenge of the grid: its report, and the claim that comes nearest to it."""

    number: int
    problem: str
    solution: str
    result: str
    page: PageLink
    claim: ClaimView

    @property
    def figure(self) -> str:
        """The measured effect where a run has decided the claim, else what was reported."""
        if self.claim.expectation and self.claim.expectation.get("sentence"):
            return str(self.claim.expectation["sentence"])
        return f"Reported: {self.result}." if self.result else "No result reported."


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what Nexus is, one verdict with its run button, and the ways in."""
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
    """Return the steps whose pages are loaded, each as a link and what to do there."""
    return [
        (PageLink.to(data.pages[step.key]), step.action) for step in STEPS if step.key in data.pages
    ]


def challenge_cards(data: PageData) -> list[ChallengeCard]:
    """Return the challenges in their order, as the front matter of their pages has them."""
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
