"""The list of claims: every claim of the library with its state on this installation."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.labs.freshness import FRESH_FOR
from nexus.web.pages.page_data import ClaimView, PageData, PageLink

__all__ = ["ClaimGroup", "ClaimList", "StateLink", "claims"]

# How a claim can stand, by its name in an address. A stale one has a verdict as well.
STATES = {
    "supported": "supported",
    "refuted": "refuted",
    "inconclusive": "inconclusive",
    "stale": "stale",
    "not-run": "not run",
    "reported": "reported",
}


@dataclass(frozen=True, kw_only=True)
class StateLink:
    """A way to see the claims of one state only; the one without a name shows all."""

    name: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, kw_only=True)
class ClaimGroup:
    """The claims of one page."""

    page: PageLink
    claims: tuple[ClaimView, ...]


class ClaimList:
    """The claims in the order of the library, all or those of one state.

    `chosen` is a state's name in an address; an unknown one chooses all.
    """

    def __init__(self, data: PageData, chosen: str) -> None:
        self._rows = [(row.page, data.claim(row.id)) for row in data.claims.values()]
        self._counts = Counter(state for _, claim in self._rows for state in claim.states)
        # A state that is seldom, such as "unavailable", is offered only where a claim has it.
        seldom = sorted(self._counts.keys() - STATES.values())
        self._states = {**STATES, **{state: state for state in seldom}}
        self.chosen = chosen if chosen in self._states else ""

    @property
    def links(self) -> list[StateLink]:
        """The states to choose from, each with how many claims have it."""
        every = StateLink(name="", label="all", count=len(self._rows), current=not self.chosen)
        return [
            every,
            *(
                StateLink(
                    name=name,
                    label=state,
                    count=self._counts[state],
                    current=name == self.chosen,
                )
                for name, state in self._states.items()
            ),
        ]

    @property
    def groups(self) -> list[ClaimGroup]:
        """The chosen claims by page; none where no claim has the chosen state."""
        wanted = self._states.get(self.chosen)
        chosen = [row for row in self._rows if wanted is None or wanted in row[1].states]
        return [
            ClaimGroup(page=PageLink.to(page), claims=tuple(claim for _, claim in rows))
            for page, rows in groupby(chosen, lambda row: row[0])
        ]


@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """List every claim with its state, all or those of one state."""
    claim_list = ClaimList(PageData(request.user), request.GET.get("state", ""))
    context = {"section": "claims", "list": claim_list, "fresh_days": FRESH_FOR.days}
    return render(request, "claims.html", context)
