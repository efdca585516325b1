"""The fenced code of pages: code marked as Python must compile."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from nexus.apps.library.checking.prose import Prose
from nexus.apps.library.errors import Fault

__all__ = ["Snippet", "compile_fault", "marking_faults", "snippets_of"]

PYTHON = "python"
RUN = "run"
MARKS = ([PYTHON], [PYTHON, RUN])
# Other names for Python in highlighters; code with these would escape the compiler.
ALIASES = {"py", "python3", "py3", "sage"}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A Python snippet of a page; `line` is the line of its first line in the page's file."""

    path: str
    line: int
    code: str
    runs: bool

    def fault(self, line: int, sentence: str) -> Fault:
        """Return a fault in the snippet's own line `line`, counted from 1."""
        return Fault(path=self.path, line=self.line + line - 1, sentence=sentence)


def marking_faults(prose: Prose) -> Iterator[Fault]:
    """Find code that is not marked as what it is."""
    for token in prose.tokens:
        line = prose.line(token)
        words = token.info.split()
        if token.type == "code_block":
            sentence = "this code is marked by indentation; use a fence that names its language"
            yield prose.fault(line, sentence)
        elif token.type == "fence" and not words:
            sentence = "the fence names no language; mark it python, sh, sql, text or the like"
            yield prose.fault(line, sentence)
        elif token.type == "fence" and _is_python(words[0]) and words not in MARKS:
            sentence = (
                f"the fence is marked {token.info.strip()!r}; write `python`, or `python run`, "
                "or `text` when the code is wrong on purpose"
            )
            yield prose.fault(line, sentence)


def snippets_of(prose: Prose) -> Iterator[Snippet]:
    """Yield the Python snippets of a page."""
    for token in prose.tokens:
        if token.type == "fence" and token.info.split()[:1] == [PYTHON]:
            yield Snippet(
                path=prose.path,
                line=prose.line(token) + 1,
                code=token.content,
                runs=token.info.split() == [PYTHON, RUN],
            )


def compile_fault(snippet: Snippet) -> Fault | None:
    """Return a fault if the snippet does not compile, or else None."""
    try:
        with warnings.catch_warnings():
            # Warnings of the compiler, such as for "\d", are faults in a handbook.
            warnings.simplefilter("error")
            compile(snippet.code, snippet.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        problem = re.sub(r" \(.*\)$", "", error.msg)
        sentence = f"the snippet is not valid Python: {problem}; fix it, or mark the fence `text`"
        return snippet.fault(error.lineno or 1, sentence)
    return None


def _is_python(language: str) -> bool:
    return language.lower() in {*ALIASES, PYTHON}
