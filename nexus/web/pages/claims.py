"""The list of claims: every claim of the library with its state in this installation."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.labs.freshness import FRESH_FOR
from nexus.web.pages.page_data import ClaimView, PageData, PageLink

__all__ = ["ClaimGroup", "ClaimList", "StateLink", "claims"]

# The states of a claim, by their name in a URL. A stale claim also has a verdict.
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
    """A link to the claims with one state; the one without a name shows all."""

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
    """The claims in the order of the library, all or those with one state.

    `chosen` is a state's name in a URL; an unknown name selects all.
    """

    def __init__(self, data: PageData, chosen: str) -> None:
        self._rows = [(row.page, data.claim(row.id)) for row in data.claims.values()]
        self._counts = Counter(state for _, claim in self._rows for state in claim.states)
        # A rare state, such as "unavailable", is listed only if a claim has it.
        rare = sorted(self._counts.keys() - STATES.values())
        self._states = {**STATES, **{state: state for state in rare}}
        self.chosen = chosen if chosen in self._states else ""

    @property
    def links(self) -> list[StateLink]:
        """A link for each state, with the number of its claims."""
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
        """The selected claims by page; empty if no claim has the selected state."""
        state = self._states.get(self.chosen)
        selected = [row for row in self._rows if state is None or state in row[1].states]
        return [
            ClaimGroup(page=PageLink.to(page), claims=tuple(claim for _, claim in rows))
            for page, rows in groupby(selected, lambda row: row[0])
        ]


@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """List the claims with their states, all or those with one state."""
    claim_list = ClaimList(PageData(request.user), request.GET.get("state", ""))
    context = {"section": "claims", "list": claim_list, "fresh_days": FRESH_FOR.days}
    return render(request, "claims.html", context)
