"""The two forms of a run: how much it measures before it gives up on a verdict."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["BUDGETS", "Budget", "FormName"]

FormName = Literal["full", "quick"]


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of a run.

    A comparison goes on for `time_s` of measured time or `pairs`, whichever is longer, in
    rounds of about `round_s` on a connection of their own. Trials come in blocks, `round_blocks`
    of them on the same connections, at least `blocks` and at most `max_blocks`. The whole lab
    ends after `limit_s`.
    """

    name: FormName
    time_s: float
    pairs: int
    rounds: int
    round_s: float
    blocks: int
    max_blocks: int
    round_blocks: int
    limit_s: float

    @property
    def round_pairs(self) -> int:
        """The fewest pairs of a round, so that the fewest rounds hold the fewest pairs."""
        return -(-self.pairs // self.rounds)


BUDGETS: dict[FormName, Budget] = {
    "full": Budget(
        name="full",
        time_s=8.0,
        pairs=60,
        rounds=10,
        round_s=0.2,
        blocks=30,
        max_blocks=120,
        round_blocks=3,
        limit_s=300.0,
    ),
    # Six rounds rather than the least possible three: Student's t stretches the interval of three
    # rounds almost fivefold, that of six less than twofold.
    "quick": Budget(
        name="quick",
        time_s=2.0,
        pairs=30,
        rounds=6,
        round_s=0.2,
        blocks=12,
        max_blocks=30,
        round_blocks=2,
        limit_s=120.0,
    ),
}
