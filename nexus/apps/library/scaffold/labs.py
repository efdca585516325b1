"""A new lab that runs as it is, and the paragraphs that show it on its page."""

from pathlib import Path

from nexus.apps.library.checking.prose import Prose, prose_of
from nexus.apps.library.errors import BadNameError, LibraryError
from nexus.apps.library.reading import KINDS, draft_page
from nexus.apps.library.scaffold.files import refuse_existing, write
from nexus.apps.library.scaffold.pages import folder_name, start_page, title_of

__all__ = ["start_lab"]

LAB = '''\
"""The lab of this page: the naive solution and its fix."""

from nexus.apps.products.samples import Shop
from nexus.engines.experiment import AtLeast, Comparison, Needs

lab = Comparison(
    title="{title}",
    # The rows in the database. These variants do not read them.
    data=Shop(),
    needs=Needs(disk_mb=100, memory_mb=200, time_s=20),
    cases={{"size": (300, 1_000)}},
)


@lab.variant(baseline=True)
# anchor: naive
def naive(size: int) -> int:
    even = list(range(0, size, 2))
    return sum(number in even for number in range(size))


# end: naive


@lab.variant
# anchor: fix
def fix(size: int) -> int:
    even = set(range(0, size, 2))
    return sum(number in even for number in range(size))


# end: fix


lab.expect(
{expectations}
)
'''

EXPECTATION = """\
    AtLeast(
        "{claim}",
        "fix",
        ratio=2,
        measure="time",
    ),"""

CODE = """\
## The naive way and the fix

[Looking numbers up in a list](lab.py#naive)
[Looking them up in a set](lab.py#fix)

"""

CLAIM = """\
## The claims

[Looking up every number below 300 or 1,000 in a set is at least twice as fast as in a list.](claim:{claim})

"""  # noqa: E501 -- a paragraph is one line

BOX = """\
## Run it

[Run the lab](lab.py)

"""

# The result of the lab comes before what the reader should do.
BEFORE = "What to check"


def start_lab(library: Path, slug: str) -> list[Path]:
    """Write a lab next to the page of this name and show it on the page. Returns the files.

    The lab expects every claim that the page already makes. If there is no such page, a challenge
    is created. Raises what `start_page` raises, and `LibraryError` if the page has faults.
    """
    name = folder_name(slug)
    folders = [library / kind.replace("-", "_") / name for kind in KINDS]
    existing = [folder for folder in folders if (folder / "README.md").is_file()]
    if len(existing) > 1:
        raise BadNameError(
            f"There are {len(existing)} pages called {slug!r}, and a lab is known by its name "
            "alone; rename one of the folders.",
        )
    # A lab without a page must not be overwritten either.
    for folder in folders:
        refuse_existing(folder / "lab.py")
    files = [] if existing else start_page(library, "challenges", slug)
    folder = existing[0] if existing else files[-1].parent
    draft = draft_page(folder, root=library.parent)
    prose = prose_of(draft)
    if prose is None or draft.faults:
        raise LibraryError(*draft.faults)
    new_claim = f"{name.replace('_', '-')}.faster"
    claims = prose.page.front.claims or (new_claim,)
    lab = LAB.format(
        title=title_of(name),
        expectations="\n".join(EXPECTATION.format(claim=claim) for claim in claims),
    )
    page = write(folder / "README.md", _page_with_lab(prose, new_claim))
    return [*(file for file in files if file != page), page, write(folder / "lab.py", lab)]


def _page_with_lab(prose: Prose, new_claim: str) -> str:
    """Return the page's text with the missing parts that show the lab."""
    lines = (prose.folder / "README.md").read_text("utf-8-sig").splitlines()
    parts = []
    if not prose.page.front.claims:
        parts += [CODE, CLAIM.format(claim=new_claim)]
    if not any(passage.directive == "lab" for passage in prose.passages):
        parts.append(BOX)
    starts = [
        prose.line(passage.inlines[0]) - 1
        for passage in prose.passages
        if passage.heading == "h2" and passage.section.startswith(BEFORE)
    ]
    new_lines = "".join(parts).splitlines()
    if starts:
        lines[starts[0] : starts[0]] = new_lines
    elif new_lines:
        lines += ["", *new_lines[:-1]]
    if not prose.page.front.claims:
        _claim_in_front(lines, prose, new_claim)
    return "\n".join(lines) + "\n"


def _claim_in_front(lines: list[str], prose: Prose, claim: str) -> None:
    """Add the claim to the front matter, replacing an empty list of claims."""
    line = f"claims: [{claim}]"
    if "claims" in prose.page.front.lines:
        lines[prose.page.front.lines["claims"] - 1] = line
    else:
        lines.insert(prose.before - 1, line)
