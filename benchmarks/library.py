"""What a large library costs: `python -m benchmarks.library`.

Creates 1,000 pages of 500 words and two code blocks each, loads them into its own embedded
database, edits one, and searches.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.installation import installation

__all__ = ["main"]

PAGES = 1_000
WORDS = 500
VOCABULARY = 20_000
SEARCHES = 300
LETTERS = "aeioubcdfglmnprstv"
CODE = """\
```python
def total_{number}(items: list[int]) -> int:
    return sum(item for item in items if item > {number})
```
"""


def main() -> int:
    """Print the figures as a table."""
    with installation() as folder:
        _measure(folder / "library")
    return 0


def _measure(library: Path) -> None:
    from nexus.apps.library.reading import LibraryReader
    from nexus.apps.library.search import search
    from nexus.apps.library.services import load_library

    draw = random.Random(1)  # noqa: S311 -- the same library every time
    vocabulary = sorted({_word(draw) for _ in range(VOCABULARY)})
    for number in range(PAGES):
        _write_page(library, number, draw, vocabulary)
    reader = LibraryReader(library)
    print("| what | median | 95th percentile |\n| --- | --- | --- |")
    _row("1,000 pages, cold", [_timed(lambda: load_library(reader))])
    edits = []
    for number in range(20):
        _write_page(library, number, draw, vocabulary)
        edits.append(_timed(lambda: load_library(reader)))
    _row("one edited page", edits)
    words = [draw.choice(vocabulary) for _ in range(SEARCHES)]
    misspelt = [word[:2] + word[3] + word[2] + word[4:] for word in words if len(word) > 4]  # noqa: PLR2004 -- two letters to swap
    misspelt = [word for word in misspelt if word not in vocabulary]
    for what, texts in (
        ("search for a word", words),
        ("search for two words", [f"{word} the" for word in words]),
        ("search for a misspelt word", misspelt),
    ):
        _row(what, [_timed(partial(search, text)) for text in texts])
    helped = sum(bool(search(word).hits) for word in misspelt)
    print(f"\n{helped} of {len(misspelt)} misspelt words had results.")


def _word(draw: random.Random) -> str:
    return "".join(draw.choice(LETTERS) for _ in range(draw.randint(4, 10)))


def _write_page(library: Path, number: int, draw: random.Random, vocabulary: list[str]) -> None:
    folder = library / "concepts" / f"page_{number:04}"
    folder.mkdir(parents=True, exist_ok=True)
    half = [" ".join(draw.choices(vocabulary, k=WORDS // 2)) for _ in range(2)]
    code = [CODE.format(number=number * 2 + half) for half in range(2)]
    (folder / "README.md").write_text(
        f"---\ntitle: Page {number}\nsummary: A page.\n---\n"
        f"## What it is\n\n{half[0]}\n\n{code[0]}\n## How it goes wrong\n\n{half[1]}\n\n{code[1]}",
        "utf-8",
    )


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(what: str, seconds: list[float]) -> None:
    if len(seconds) == 1:
        print(f"| {what} | {seconds[0]:.2f} s | |")
        return
    tail = statistics.quantiles(seconds, n=20)[-1]
    print(f"| {what} | {statistics.median(seconds) * 1e3:.1f} ms | {tail * 1e3:.1f} ms |")


if __name__ == "__main__":
    sys.exit(main())
