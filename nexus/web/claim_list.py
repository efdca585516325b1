"""What the list of claims shows: every claim of the library with how it stands here."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from nexus.web.presenters import PageLink

if TYPE_CHECKING:
    from nexus.web.presenters import ClaimView, Hub

__all__ = ["ClaimGroup", "ClaimList", "StateLink"]

# How a claim can stand, by its name in an address. A stale one has a verdict as well.
STATES = {
    "supported": "supported",
    "refuted": "refuted",
    "inconclusive": "inconclusive",
    "stale": "stale",
    "not-run": "not run",
    "told": "told",
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
    claims: tuple["ClaimView", ...]


class ClaimList:
    """The claims in the order of the library, all or those of one state.

    `chosen` is a state's name in an address; an unknown one chooses all.
    """

    def __init__(self, hub: "Hub", chosen: str) -> None:
        self._rows = [(row.page, hub.claim(row.id)) for row in hub.claims.values()]
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
